data "conductorone_app" "okta" {
  display_name = "Okta"
}

output "okta_app_id" {
  value = data.conductorone_app.okta.id
}
