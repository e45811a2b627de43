"""Keys of the codes that are there already, doubles among them marked, and indexes that let no more come.

Whoever reads or writes does not wait: rows are filled a thousand at a time, and PostgreSQL builds the indexes while the
table is in use. It can be stopped and run again.

Processes of the last version write codes without keys until they are restarted. The indexes leave such rows alone: a
NULL is like no other. `clean_up` fills them.
"""

from django.db import migrations, models
from django.db.models import Count, Exists, F, OuterRef, Q

BATCH = 1000
UNIQUE_SOURCES = ["generated", "pool"]

CODE_KEY = models.Index(fields=["code_key"], name="pool_code_by_key")
COUPON_KEY = models.Index(fields=["coupon_key"], name="reward_by_code_key")
CODE_KEY_ONCE = models.UniqueConstraint(fields=["code_key"], condition=Q(is_double=False), name="pool_code_key_once")
COUPON_KEY_ONCE = models.UniqueConstraint(
    fields=["coupon_key"],
    condition=Q(coupon_source__in=UNIQUE_SOURCES, is_code_double=False),
    name="reward_code_key_once",
)
COUPON_CODE_ONCE = models.UniqueConstraint(
    fields=["coupon_code"], condition=Q(coupon_source__in=UNIQUE_SOURCES), name="reward_code_once"
)
MADE = [("PoolCode", CODE_KEY), ("RewardLog", COUPON_KEY), ("PoolCode", CODE_KEY_ONCE), ("RewardLog", COUPON_KEY_ONCE)]


def fill(model, code, key):
    """Write the key of every code that has none, in order of the ids."""
    waiting, last = model.objects.filter(**{key: None}).exclude(**{code: None}).order_by("pk"), None
    while rows := list((waiting if last is None else waiting.filter(pk__gt=last))[:BATCH]):
        model.objects.bulk_update(rows, [key])
        last = rows[-1].pk


def mark(rows, key, flag, *order):
    """Mark all rows of a key but the first."""
    rows = rows.filter(**{flag: False})
    shared = rows.exclude(**{key: None}).order_by().values(key).annotate(times=Count("pk")).filter(times__gt=1)
    for value in list(shared.values_list(key, flat=True)):
        later = list(rows.filter(**{key: value}).order_by(*order).values_list("pk", flat=True))[1:]
        rows.filter(pk__in=later).update(**{flag: True})


def mark_doubles(pool_codes, rewards):
    """Mark the doubles among rewards and in pools, and codes in pools that a reward has."""
    mark(rewards.filter(coupon_source__in=UNIQUE_SOURCES), "coupon_key", "is_code_double", "reward_issued_at", "pk")
    mark(pool_codes, "code_key", "is_double", F("reward_log").asc(nulls_last=True), "pk")
    held = Exists(rewards.filter(coupon_key=OuterRef("code_key")))
    pool_codes.filter(held, reward_log=None, is_double=False).update(is_double=True)


def add(apps, schema_editor, name, index):
    """Make an index, on PostgreSQL without a lock; one that was begun and not finished is made anew."""
    drop(schema_editor, index)
    statement = str(index.create_sql(apps.get_model("rewards", name), schema_editor))
    if schema_editor.connection.vendor == "postgresql":
        statement = statement.replace("INDEX", "INDEX CONCURRENTLY", 1)
    schema_editor.execute(statement, params=None)


def drop(schema_editor, index):
    """Drop an index, if it is there."""
    how = "CONCURRENTLY IF EXISTS" if schema_editor.connection.vendor == "postgresql" else "IF EXISTS"
    schema_editor.execute(f"DROP INDEX {how} {schema_editor.quote_name(index.name)}")


def forwards(apps, schema_editor):
    """Fill, mark, make the new indexes, drop the old one."""
    pool_code, reward = apps.get_model("rewards", "PoolCode"), apps.get_model("rewards", "RewardLog")
    fill(pool_code, "code", "code_key")
    fill(reward, "coupon_code", "coupon_key")
    for name, index in MADE[:2]:
        add(apps, schema_editor, name, index)
    mark_doubles(pool_code.objects.all(), reward.objects.all())
    for name, index in MADE[2:]:
        add(apps, schema_editor, name, index)
    drop(schema_editor, COUPON_CODE_ONCE)


def backwards(apps, schema_editor):
    """Make the old index again, and drop the new ones."""
    add(apps, schema_editor, "RewardLog", COUPON_CODE_ONCE)
    for _name, index in MADE:
        drop(schema_editor, index)


class Migration(migrations.Migration):
    """Outside of a transaction, which PostgreSQL asks for."""

    atomic = False

    dependencies = [
        ("rewards", "0009_code_keys"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(forwards, backwards)],
            state_operations=[
                migrations.AddIndex("poolcode", CODE_KEY),
                migrations.AddIndex("rewardlog", COUPON_KEY),
                migrations.AddConstraint("poolcode", CODE_KEY_ONCE),
                migrations.AddConstraint("rewardlog", COUPON_KEY_ONCE),
                migrations.RemoveConstraint("rewardlog", "reward_code_once"),
            ],
        ),
        # What is once by its key is once as it is written.
        migrations.AlterField("poolcode", "code", models.CharField(max_length=256, verbose_name="code")),
    ]
