# Creates an app and a connector, and destroys both at the end. Requires a tenant and an org, or the sandbox
# (`c1-sandbox serve`). Reads the org from TF_VAR_okta_domain and the token from TF_VAR_okta_api_token.

variables {
  owners     = ["ada.admin@example.com"]
  provisions = true
}

run "apply_ends_connected" {
  assert {
    condition     = output.connector_id != "" && output.okta_org_id != ""
    error_message = "The connector or its org ID is missing."
  }

  assert {
    condition     = contains(output.capabilities, "provision_app_assignment")
    error_message = "The token cannot provision."
  }

  assert {
    condition     = conductorone_okta_integration.okta.skip_inactive_apps
    error_message = "Inactive apps are not omitted by default."
  }
}

run "setting_changes_in_place" {
  variables {
    skip_inactive_apps = false
  }

  assert {
    condition     = output.connector_id == run.apply_ends_connected.connector_id
    error_message = "The connector was replaced."
  }
}

run "over_privileged_token_fails_the_check" {
  variables {
    provisions = false
  }

  expect_failures = [check.okta_token_is_not_over_privileged]
}
