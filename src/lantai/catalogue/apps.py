from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    name = "lantai.catalogue"
    label = "catalogue"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say who may hand in files piece by piece: policies read tables, so only now."""
        from lantai.base.resumable import let
        from lantai.people.policies import may_somewhere

        let("catalogue", lambda actor: may_somewhere(actor, "catalogue.import"))
