def main():
@    @program@@

main()
