output "okta_host" {
  # "acme.okta.com"
  value = provider::conductorone::okta_domain("https://Acme.okta.com/")
}
