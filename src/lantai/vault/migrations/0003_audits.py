import uuid

import django.db.models.deletion
from django.db import migrations, models


def keep_runs(apps, schema_editor):
    """What was verified before there were audits: each run becomes one that has ended."""
    audits = apps.get_model("vault", "Audit").objects
    for run in apps.get_model("vault", "FixityRun").objects.order_by("pk"):
        audits.create(
            share=run.share,
            ordered_by="",
            ordered_at=run.started_at,
            started_at=run.started_at,
            ended_at=run.ended_at,
            state="done",
            stage="ended",
            planned=run.objects_read,
            versions=run.objects_read,
            bytes=run.bytes,
            damaged=run.damaged,
        )


class Migration(migrations.Migration):

    dependencies = [
        ('vault', '0002_targets'),
    ]

    operations = [
        migrations.CreateModel(
            name='Audit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('part', models.PositiveIntegerField(default=1)),
                ('parts', models.PositiveIntegerField(default=1)),
                ('share', models.FloatField(default=1.0, help_text='part of all versions, 0 to 1')),
                ('most_bytes', models.BigIntegerField(default=0, help_text='reads about so many bytes, 0 = no limit')),
                ('sm3', models.CharField(default='none', max_length=8)),
                ('in_turn', models.BooleanField(default=False, help_text='taken up by the schedule')),
                ('ordered_by', models.CharField(max_length=64)),
                ('ordered_at', models.DateTimeField()),
                ('state', models.CharField(default='waiting', max_length=8)),
                ('stage', models.CharField(default='objects', max_length=8)),
                ('started_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('begin', models.BigIntegerField(default=0)),
                ('until', models.BigIntegerField(default=0)),
                ('cursor', models.BigIntegerField(default=0)),
                ('wrapped', models.BooleanField(default=False)),
                ('planned', models.BigIntegerField(default=0, help_text='versions')),
                ('planned_bytes', models.BigIntegerField(default=0)),
                ('versions', models.BigIntegerField(default=0)),
                ('files', models.BigIntegerField(default=0)),
                ('bytes', models.BigIntegerField(default=0)),
                ('damaged', models.BigIntegerField(default=0)),
                ('missing', models.BigIntegerField(default=0)),
                ('unread', models.BigIntegerField(default=0)),
                ('wavering', models.BigIntegerField(default=0, help_text='good only when read a second time')),
                ('beside', models.BigIntegerField(default=0, help_text='files beside the objects')),
                ('strays', models.BigIntegerField(default=0)),
                ('list_root', models.CharField(blank=True, default='', max_length=64)),
                ('tries', models.PositiveIntegerField(default=0)),
                ('next_at', models.DateTimeField(null=True)),
                ('problem', models.JSONField(null=True)),
                ('target', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='audits', to='vault.target')),
            ],
        ),
        migrations.CreateModel(
            name='AuditBatch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('after', models.BigIntegerField()),
                ('through', models.BigIntegerField()),
                ('at', models.DateTimeField()),
                ('versions', models.PositiveIntegerField()),
                ('bytes', models.BigIntegerField()),
                ('digest', models.CharField(max_length=64)),
                ('audit', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='batches', to='vault.audit')),
            ],
        ),
        migrations.CreateModel(
            name='Damage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.TextField(blank=True, default='')),
                ('kind', models.CharField(max_length=8)),
                ('faults', models.JSONField(default=list)),
                ('found_at', models.DateTimeField()),
                ('state', models.CharField(default='open', max_length=8)),
                ('ended_at', models.DateTimeField(null=True)),
                ('source', models.CharField(blank=True, default='', max_length=200)),
                ('aside', models.JSONField(default=list)),
                ('problem', models.JSONField(null=True)),
                ('audit', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='damages', to='vault.audit')),
                ('deposit', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='damages', to='vault.deposit')),
                ('target', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='damages', to='vault.target')),
            ],
        ),
        migrations.CreateModel(
            name='Stray',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=8)),
                ('key', models.TextField()),
                ('object_id', models.CharField(blank=True, default='', max_length=80)),
                ('files', models.PositiveIntegerField(default=1)),
                ('bytes', models.BigIntegerField(default=0)),
                ('found_at', models.DateTimeField()),
                ('state', models.CharField(default='open', max_length=8)),
                ('ended_at', models.DateTimeField(null=True)),
                ('reason', models.CharField(blank=True, default='', max_length=300)),
                ('target', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='strays', to='vault.target')),
            ],
        ),
        migrations.RunPython(keep_runs, migrations.RunPython.noop),
        migrations.DeleteModel(
            name='FixityRun',
        ),
        migrations.AddIndex(
            model_name='audit',
            index=models.Index(fields=['state'], name='vault_audit_by_state'),
        ),
        migrations.AddConstraint(
            model_name='auditbatch',
            constraint=models.UniqueConstraint(fields=('audit', 'number'), name='vault_audit_batch_once'),
        ),
        migrations.AddIndex(
            model_name='damage',
            index=models.Index(condition=models.Q(('state__in', ('open', 'lost'))), fields=['state'], name='vault_damage_open'),
        ),
        migrations.AddIndex(
            model_name='stray',
            index=models.Index(condition=models.Q(('state', 'open')), fields=['state'], name='vault_stray_open'),
        ),
    ]
