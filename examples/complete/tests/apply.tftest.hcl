# Makes an app and a connector, and removes both at the end. Needs a tenant and an org, or the sandbox in place of both:
# `c1-sandbox serve`. The org comes from TF_VAR_okta_domain, the token from TF_VAR_okta_api_token.

variables {
  owners     = ["ada.admin@example.com"]
  provisions = true
}

run "an_apply_ends_connected" {
  assert {
    condition     = output.connector_id != "" && output.okta_org_id != ""
    error_message = "The connector exists and its org is known."
  }

  assert {
    condition     = contains(output.capabilities, "provision_app_assignment")
    error_message = "The token can provision."
  }

  assert {
    condition     = conductorone_okta_integration.okta.skip_inactive_apps
    error_message = "Inactive apps are left out by default."
  }
}

run "a_setting_changes_in_place" {
  variables {
    skip_inactive_apps = false
  }

  assert {
    condition     = output.connector_id == run.an_apply_ends_connected.connector_id
    error_message = "It is still the same connector."
  }
}

run "a_token_that_can_do_more_than_review_is_warned_about" {
  variables {
    provisions = false
  }

  expect_failures = [check.okta_token_has_no_more_powers_than_needed]
}
