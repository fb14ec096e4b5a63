from django.apps import AppConfig


class IngestConfig(AppConfig):
    name = "lantai.ingest"
    label = "ingest"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say who may hand in files piece by piece: policies read tables, so only now."""
        from lantai.base.resumable import let
        from lantai.people.policies import may_somewhere

        let("ingest", lambda actor: may_somewhere(actor, "transfer.submit"))
