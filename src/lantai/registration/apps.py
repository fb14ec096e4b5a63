from django.apps import AppConfig


class RegistrationConfig(AppConfig):
    name = "lantai.registration"
    label = "registration"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say who may hand in files piece by piece: policies read tables, so only now."""
        from lantai.base.resumable import let
        from lantai.people.policies import may_somewhere

        let("registration", lambda actor: may_somewhere(actor, "backup.submit"))
