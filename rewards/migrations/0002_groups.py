from django.db import migrations

LOOK = ["view"]
WRITE = ["add", "change", "delete", "view"]

# What each group may do, by app, model and verb: what its work needs and nothing else. Whoever installs the product
# can change all of it on the page of the group.
GROUPS = {
    "Marketer": {
        ("streaks", "streak"): WRITE,
        ("streaks", "milestone"): WRITE,
        ("streaks", "streakpause"): LOOK,
        ("streaks", "streaklog"): LOOK,
        ("streaks", "taskprogress"): LOOK,
        ("streaks", "streakprogress"): LOOK,
        ("rewards", "poolcode"): ["add", "delete", "view"],
        ("rewards", "rewardlog"): LOOK,
        ("widget", "widgetsettings"): ["change", "view"],
        ("accounts", "member"): LOOK,
        ("auditlog", "logentry"): LOOK,
    },
    "Support": {
        ("streaks", "streak"): LOOK,
        ("streaks", "milestone"): LOOK,
        ("streaks", "streakpause"): LOOK,
        ("streaks", "streaklog"): LOOK,
        ("streaks", "taskprogress"): LOOK,
        ("streaks", "streakprogress"): LOOK,
        ("rewards", "rewardlog"): ["change", "view"],
        ("accounts", "member"): LOOK,
        ("auditlog", "logentry"): LOOK,
    },
    "Integrator": {
        ("accounts", "apikey"): WRITE,
        ("streaks", "streak"): LOOK,
        ("auditlog", "logentry"): LOOK,
    },
}


def make_groups(apps, schema_editor):
    """Make the groups. Their permissions are made along with them: Django itself makes permissions only afterwards."""
    group_model = apps.get_model("auth", "Group")
    for name, allowed in GROUPS.items():
        group, _is_new = group_model.objects.get_or_create(name=name)
        for (app, model), verbs in allowed.items():
            group.permissions.add(*(permission(apps, app, model, verb) for verb in verbs))


def permission(apps, app, model, verb):
    kind, _is_new = apps.get_model("contenttypes", "ContentType").objects.get_or_create(app_label=app, model=model)
    name = f"Can {verb} {apps.get_model(app, model)._meta.verbose_name}"
    made, _is_new = apps.get_model("auth", "Permission").objects.get_or_create(
        content_type=kind, codename=f"{verb}_{model}", defaults={"name": name}
    )
    return made


class Migration(migrations.Migration):
    dependencies = [
        ("rewards", "0001_initial"),
        ("streaks", "0001_initial"),
        ("widget", "0001_initial"),
        ("accounts", "0001_initial"),
        ("auditlog", "0017_add_actor_email"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(make_groups, migrations.RunPython.noop)]
