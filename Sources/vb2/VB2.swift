@main
struct VB2 {
    static func main() {}
}
