from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "lantai.desk"
    label = "desk"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say who may hand in files piece by piece: policies read tables, so only now."""
        from lantai.base.resumable import let
        from lantai.people.policies import may_somewhere

        let("desk", lambda actor: may_somewhere(actor, "capture.file"))

        from lantai.desk.linked import links_of
        from lantai.ingest.links import add_links

        add_links(links_of)
