# What a plan refuses, before anything is asked of a service.

run "an_integration_has_an_owner" {
  command = plan

  variables {
    owners = []
  }

  expect_failures = [var.owners]
}
