"""What people are told about runs: status, the morning's page, notices."""
