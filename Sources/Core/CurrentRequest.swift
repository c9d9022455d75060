/// The request that is answered in the current task.
package enum CurrentRequest {
    /// Its name in logs: 32 hexadecimal digits, the trace's where the client sent a W3C `traceparent`. `nil` outside of
    /// requests.
    @TaskLocal package static var id: String?
}
