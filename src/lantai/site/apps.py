from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "lantai.site"
    label = "site"

    def ready(self) -> None:
        from lantai.site.followers import register_followers

        register_followers()
