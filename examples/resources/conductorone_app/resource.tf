resource "conductorone_app" "okta" {
  display_name = "Okta"
  description  = "Workforce org"
}
