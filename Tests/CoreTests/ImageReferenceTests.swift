import Core
import Testing

struct ImageReferenceTests {
    @Test func itReadsTheHostADirectoryAndAName() {
        #expect(ImageReference("host") == .host)
        #expect(ImageReference("dir:/srv/images/a") == .directory("/srv/images/a"))
        #expect(ImageReference("debian-12+c++.1") == .named("debian-12+c++.1"))
        #expect(ImageReference("debian")?.image(in: "/images") == .directory("/images/debian"))
    }

    @Test(arguments: [
        "", "dir:", "dir:/", "dir:relative", "dir:/a/../b", "dir:/a/..", "a/b", "../a", ".hidden", "dir:/\0",
        "dir:/" + String(repeating: "x", count: 1000), String(repeating: "x", count: 101),
    ]) func itRefuses(text: String) { #expect(ImageReference(text) == nil) }

    @Test(arguments: ["host", "dir:/a", "name"]) func itIsWrittenAsItWasRead(text: String) {
        #expect(ImageReference(text)?.description == text)
    }
}
