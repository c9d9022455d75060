public class Main {
    public static void main(String[] args) throws Exception {
        long turns = 0;
        while (turns >= 0) {
            turns = (turns + 1) % 1000003;
        }
        System.out.println(turns);
    }
}
