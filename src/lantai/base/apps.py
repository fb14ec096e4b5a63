from django.apps import AppConfig


class BaseConfig(AppConfig):
    name = "lantai.base"
    label = "base"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Watch the files of kept connections; Django's database is not to be imported before."""
        from django.core.signals import request_started
        from django.db.backends.signals import connection_created

        from lantai.base.connections import let_go_of_replaced, remember

        connection_created.connect(remember)
        request_started.connect(let_go_of_replaced)
