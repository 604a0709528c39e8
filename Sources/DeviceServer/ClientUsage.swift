/// What one user has now.
struct ClientUsage: Sendable {
    private var amounts: [ClientResource: Int] = [:]

    subscript(resource: ClientResource) -> Int { amounts[resource, default: 0] }

    /// Takes all of `wanted`, or nothing.
    /// - Returns: the first that there isn't enough of; nil if it was taken.
    mutating func take(_ wanted: [ClientResource: Int], within limits: ClientLimits) -> ClientResource? {
        for resource in ClientResource.allCases {
            guard let amount = wanted[resource] else { continue }
            let (sum, overflow) = self[resource].addingReportingOverflow(amount)
            if overflow || sum > limits.limit(of: resource) { return resource }
        }
        for (resource, amount) in wanted { amounts[resource, default: 0] += amount }
        return nil
    }

    mutating func give(back amount: [ClientResource: Int]) {
        for (resource, amount) in amount { amounts[resource, default: 0] -= amount }
    }
}
