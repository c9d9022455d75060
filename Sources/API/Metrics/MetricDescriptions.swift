/// What each metric means, as `/metrics` says it.
package enum MetricDescriptions {
    package static let all = [
        "assay_submissions_accepted_total": "Submissions stored, by language.",
        "assay_submissions_refused_total": "Submissions not taken, by reason.",
        "assay_verdicts_total": "Reports recorded, by verdict, language and backend.",
        "assay_queue_wait_seconds": "From a submission's acceptance to the start of an attempt.",
        "assay_grading_seconds": "Length of an attempt, by language.",
        "assay_sandbox_stage_seconds": "Life-cycle stages of sandboxes, by backend.",
        "assay_attempts_failed_total": "Attempts that the service itself failed.",
        "assay_leases_lost_total": "Attempts whose lease was lost before their end.",
        "assay_http_requests_total": "HTTP requests, by method, route and status.",
        "assay_http_request_seconds": "From a request's head to the end of its answer, by route.",
        "assay_submissions": "Submissions kept, by status.",
        "assay_queue_bytes": "Bytes of the submissions that wait.",
        "assay_queue_oldest_seconds": "Age of the submission that has waited longest.",
        "assay_slots": "CPU slots of this node, by state.",
        "assay_memory_bytes": "Memory of this node that submissions may occupy, by state.",
        "assay_nodes": "Nodes that share the database, by role and by whether they gave a sign of life lately.",
        "assay_waiting_requests": "Requests that wait for the end of a submission.",
        "assay_pool_sandboxes": "Sandboxes kept ready, by backend: how many are, and how many are to be.",
        "assay_pool_idle_bytes": "Memory that sandboxes use which are kept ready, by backend.",
        "assay_build_info": "Always 1; the version is a label.",
        "assay_start_time_seconds": "When this process began, in seconds since 1970.",
    ]
}
