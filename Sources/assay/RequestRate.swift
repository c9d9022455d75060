import HTTPServer

/// How many requests one client may make.
struct RequestRate: Sendable, Hashable {
    /// In the long run; 0 sets no bound.
    var perSecond = 0.0
    /// At once.
    var burst = 100

    /// `nil` where there is no bound.
    var limiter: RateLimiter? {
        perSecond > 0 ? RateLimiter(RateLimiter.Configuration(burst: burst, perSecond: perSecond)) : nil
    }
}
