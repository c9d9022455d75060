import java.util.ArrayList;
import java.util.List;

public class Main {
    public static void main(String[] args) throws Exception {
        List<int[]> blocks = new ArrayList<>();
        while (true) {
            blocks.add(new int[1 << 18]);
        }
    }
}
