# Inputs that fail the plan before any request is sent.

run "missing_owner_is_rejected" {
  command = plan

  variables {
    owners = []
  }

  expect_failures = [var.owners]
}
