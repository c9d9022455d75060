public class Main {
    public static void main(String[] args) throws Exception {
        int number = "hello";
        System.out.println(number)
    }
}
