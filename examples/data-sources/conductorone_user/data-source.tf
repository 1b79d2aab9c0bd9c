data "conductorone_user" "owner" {
  email = "ada.admin@example.com"

  lifecycle {
    postcondition {
      condition     = self.roles == null ? true : length(setintersection(self.roles, ["Super Administrator", "Connector Administrator"])) > 0
      error_message = "${self.email} cannot manage a connector: the role Super Administrator or Connector Administrator is missing."
    }
  }
}

output "owner_id" {
  value = data.conductorone_user.owner.id
}
