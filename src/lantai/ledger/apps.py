from django.apps import AppConfig
from django.db.models.signals import post_migrate


class LedgerConfig(AppConfig):
    name = "lantai.ledger"
    label = "ledger"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from lantai.ledger.rows.triggers import after_migrations

        post_migrate.connect(after_migrations, sender=self)
