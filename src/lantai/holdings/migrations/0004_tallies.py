"""Count what a site of the version before holds."""

from django.db import migrations

COUNT = """
INSERT INTO holdings_tally (fonds_id, type, year, series_id, level, access_id, count)
SELECT fonds_id, type, COALESCE(year, 0), series_id, level, access_id, COUNT(*)
FROM holdings_record GROUP BY fonds_id, type, COALESCE(year, 0), series_id, level, access_id
"""


class Migration(migrations.Migration):
    dependencies = [("holdings", "0003_district")]
    operations = [migrations.RunSQL(COUNT, "DELETE FROM holdings_tally")]
