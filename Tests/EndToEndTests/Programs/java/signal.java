import java.lang.reflect.Field;

public class Main {
    public static void main(String[] args) throws Exception {
        // The virtual machine cannot raise a signal by itself; it can touch memory that is not there.
        Field field = sun.misc.Unsafe.class.getDeclaredField("theUnsafe");
        field.setAccessible(true);
        ((sun.misc.Unsafe) field.get(null)).putAddress(0, 0);
    }
}
