"""What the studio does for people while they wait: uploads, jobs, results, the gallery. `work_router` is its API."""
