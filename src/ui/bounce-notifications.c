/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Desktop notifications: study delivered (off by default), study failed, key refused, disk low,
 * receiver could not start, database damaged.
 *
 * Never a flood: each kind has one notification, which is replaced and counts studies, each once. A
 * kind speaks at once, then not again for ten seconds; what comes meanwhile is told together. What
 * is over is withdrawn, a failed study that was delivered after all too. No patient's name is in
 * them: they also appear on locked screens.
 *
 * Main thread. No GTK here. */

#include "config.h"

#include "bounce-notifications.h"

#include "bounce-wording.h"

#include <glib/gi18n.h>

#define QUIET_SECONDS 10

/* The kinds; each has one notification at a time. */
typedef enum
{
  KIND_DELIVERED,
  KIND_FAILED,
  KIND_UNAUTHORISED,
  KIND_DISK,
  KIND_RECEIVER,
  KIND_DATABASE,
  N_KINDS,
} Kind;

static const char *const kind_ids[N_KINDS] = {
  "study-delivered", "study-failed", "unauthorised", "disk", "receiver", "database",
};

typedef struct
{
  GHashTable *studies; /* (owned) (element-type utf8) UIDs, since somebody looked */
  char *study_uid;     /* (owned) (nullable) of the last */
  char *text;          /* (owned) (nullable) of the last */
  guint quiet_id;      /* while it must not speak */
  gboolean is_due;     /* something came meanwhile */
  gboolean is_told;    /* there is a notification, or is about to be */
} Group;

struct _BounceNotifications
{
  GObject parent_instance;

  GApplication *application; /* not owned: it owns us */
  GSettings *settings;       /* (owned) (nullable) */
  Group groups[N_KINDS];
};

G_DEFINE_FINAL_TYPE (BounceNotifications, bounce_notifications, G_TYPE_OBJECT)

/* A timer must know its kind as well as its object. */
typedef struct
{
  BounceNotifications *self; /* not owned: the timer goes before it */
  Kind kind;
} Quiet;

static void speak (BounceNotifications *self, Kind kind);

static void
add_study_buttons (GNotification *notification, const Group *group)
{
  if (g_hash_table_size (group->studies) != 1 || group->study_uid == NULL)
    {
      g_notification_set_default_action (notification, "app.show-window");
      return;
    }
  g_notification_set_default_action_and_target (notification, "app.show-study", "s",
                                                group->study_uid);
  g_notification_add_button_with_target (notification, _ ("Retry"), "app.send", "s",
                                         group->study_uid);
  g_notification_add_button_with_target (notification, _ ("Show"), "app.show-study", "s",
                                         group->study_uid);
}

static GNotification *
make_study_notification (const Group *group, Kind kind)
{
  guint count = g_hash_table_size (group->studies);
  g_autofree char *title = NULL;
  GNotification *notification;

  if (kind == KIND_DELIVERED)
    title = g_strdup_printf (
        ngettext ("%u study was delivered", "%u studies were delivered", count), count);
  else
    title = g_strdup_printf (
        ngettext ("%u study could not be delivered", "%u studies could not be delivered", count),
        count);
  notification = g_notification_new (title);
  if (group->text != NULL && count == 1)
    g_notification_set_body (notification, group->text);
  if (kind == KIND_FAILED)
    {
      g_notification_set_priority (notification, G_NOTIFICATION_PRIORITY_HIGH);
      add_study_buttons (notification, group);
    }
  else
    g_notification_set_default_action (notification, "app.show-window");
  return notification;
}

static GNotification *
make_trouble_notification (const Group *group, Kind kind)
{
  static const struct
  {
    const char *title, *button, *action;
  } troubles[N_KINDS] = {
    [KIND_UNAUTHORISED] = { N_ ("Aurabox refuses the API key"), N_ ("Preferences"),
                            "app.preferences" },
    [KIND_DISK] = { N_ ("Disk space is running low"), N_ ("Show"), "app.show-window" },
    [KIND_RECEIVER] = { N_ ("The receiver could not start"), N_ ("Preferences"),
                        "app.preferences" },
    [KIND_DATABASE] = { N_ ("The database is damaged"), N_ ("Restart Bounce"), "app.restart" },
  };
  GNotification *notification = g_notification_new (_ (troubles[kind].title));

  if (group->text != NULL)
    g_notification_set_body (notification, group->text);
  g_notification_set_priority (notification, G_NOTIFICATION_PRIORITY_HIGH);
  g_notification_set_default_action (notification, "app.show-window");
  g_notification_add_button (notification, _ (troubles[kind].button), troubles[kind].action);
  return notification;
}

static gboolean
quiet_over_cb (gpointer user_data)
{
  Quiet *quiet = user_data;
  Group *group = &quiet->self->groups[quiet->kind];

  group->quiet_id = 0;
  if (group->is_due)
    speak (quiet->self, quiet->kind);
  return G_SOURCE_REMOVE;
}

static void
speak (BounceNotifications *self, Kind kind)
{
  Group *group = &self->groups[kind];
  g_autoptr (GNotification) notification = NULL;
  Quiet *quiet;

  if (group->quiet_id != 0)
    {
      group->is_due = TRUE;
      return;
    }
  group->is_due = FALSE;
  notification = kind <= KIND_FAILED ? make_study_notification (group, kind)
                                     : make_trouble_notification (group, kind);
  g_application_send_notification (self->application, kind_ids[kind], notification);
  quiet = g_new (Quiet, 1);
  *quiet = (Quiet){ self, kind };
  group->quiet_id =
      g_timeout_add_seconds_full (G_PRIORITY_DEFAULT, QUIET_SECONDS, quiet_over_cb, quiet, g_free);
}

static void
forget (BounceNotifications *self, Kind kind)
{
  Group *group = &self->groups[kind];

  g_hash_table_remove_all (group->studies);
  group->is_told = FALSE;
  group->is_due = FALSE;
  g_clear_pointer (&group->study_uid, g_free);
  g_clear_pointer (&group->text, g_free);
}

static void
withdraw (BounceNotifications *self, Kind kind)
{
  if (!self->groups[kind].is_told)
    return;
  forget (self, kind);
  g_application_withdraw_notification (self->application, kind_ids[kind]);
}

static void
tell (BounceNotifications *self, Kind kind, const char *study_uid, char *text)
{
  Group *group = &self->groups[kind];

  group->is_told = TRUE;
  if (study_uid != NULL)
    g_hash_table_add (group->studies, g_strdup (study_uid));
  g_free (group->study_uid);
  group->study_uid = g_strdup (study_uid);
  g_free (group->text);
  group->text = text;
  speak (self, kind);
}

static gboolean
is_wanted (BounceNotifications *self, const char *key)
{
  return self->settings != NULL && g_settings_get_boolean (self->settings, key);
}

static char *
get_reason (const BounceEvent *event)
{
  const char *reason;

  if (event->args == NULL || !g_variant_lookup (event->args, "reason", "&s", &reason))
    return NULL;
  return bounce_wording_reason (reason);
}

static void
take_back_failure (BounceNotifications *self, const char *study_uid)
{
  Group *group = &self->groups[KIND_FAILED];

  if (study_uid != NULL && g_hash_table_remove (group->studies, study_uid)
      && g_hash_table_size (group->studies) == 0)
    withdraw (self, KIND_FAILED);
}

static void
tell_problem (BounceNotifications *self, const BounceEvent *event, const char *sentence)
{
  switch (event->code)
    {
    case BOUNCE_EVENT_STUDY_FAILED:
      tell (self, KIND_FAILED, event->study_uid, get_reason (event));
      break;
    case BOUNCE_EVENT_RETRIES_EXHAUSTED:
      tell (self, KIND_FAILED, event->study_uid,
            g_strdup (_ ("Many attempts have failed. They go on, but somebody should look")));
      break;
    case BOUNCE_EVENT_UNAUTHORISED:
      tell (self, KIND_UNAUTHORISED, NULL, g_strdup (sentence));
      break;
    case BOUNCE_EVENT_DISK_LOW:
    case BOUNCE_EVENT_DISK_FULL:
    case BOUNCE_EVENT_STORAGE_GONE:
      tell (self, KIND_DISK, NULL, g_strdup (sentence));
      break;
    case BOUNCE_EVENT_RECEIVER_FAILED:
      tell (self, KIND_RECEIVER, NULL, g_strdup (sentence));
      break;
    case BOUNCE_EVENT_DATABASE_DAMAGED:
      tell (self, KIND_DATABASE, NULL, g_strdup (sentence));
      break;
    default:
      break;
    }
}

static void
event_cb (BounceNotifications *self, const BounceEvent *event, const char *sentence)
{
  if (event->code == BOUNCE_EVENT_AUTHORISED)
    withdraw (self, KIND_UNAUTHORISED);
  else if (event->code == BOUNCE_EVENT_DISK_OK || event->code == BOUNCE_EVENT_STORAGE_BACK)
    withdraw (self, KIND_DISK);
  else if (event->code == BOUNCE_EVENT_STUDY_DELIVERED)
    {
      take_back_failure (self, event->study_uid);
      if (is_wanted (self, "notify-delivered"))
        tell (self, KIND_DELIVERED, event->study_uid, NULL);
    }
  else if (is_wanted (self, "notify-problems"))
    tell_problem (self, event, sentence);
}

static void
receiver_changed_cb (BounceNotifications *self, GParamSpec *pspec, BounceService *service)
{
  if (bounce_service_is_receiver_running (service))
    withdraw (self, KIND_RECEIVER);
}

static void
bounce_notifications_dispose (GObject *object)
{
  BounceNotifications *self = BOUNCE_NOTIFICATIONS (object);

  for (Kind kind = 0; kind < N_KINDS; kind++)
    {
      g_clear_handle_id (&self->groups[kind].quiet_id, g_source_remove);
      forget (self, kind);
    }
  g_clear_object (&self->settings);
  G_OBJECT_CLASS (bounce_notifications_parent_class)->dispose (object);
}

static void
bounce_notifications_finalize (GObject *object)
{
  BounceNotifications *self = BOUNCE_NOTIFICATIONS (object);

  for (Kind kind = 0; kind < N_KINDS; kind++)
    g_hash_table_unref (self->groups[kind].studies);
  G_OBJECT_CLASS (bounce_notifications_parent_class)->finalize (object);
}

static void
bounce_notifications_class_init (BounceNotificationsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = bounce_notifications_dispose;
  G_OBJECT_CLASS (klass)->finalize = bounce_notifications_finalize;
}

static void
bounce_notifications_init (BounceNotifications *self)
{
  for (Kind kind = 0; kind < N_KINDS; kind++)
    self->groups[kind].studies = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

/**
 * bounce_notifications_new:
 * @application: (transfer none): owns this object; has the actions show-window, show-study,
 *   send, preferences and restart
 * @settings: (nullable): keys notify-delivered and notify-problems; without it nothing is told
 *
 * Thread: main
 * Returns: (transfer full): tells what happens until it goes
 */
BounceNotifications *
bounce_notifications_new (GApplication *application, BounceService *service, GSettings *settings)
{
  BounceNotifications *self;

  g_return_val_if_fail (G_IS_APPLICATION (application), NULL);
  g_return_val_if_fail (BOUNCE_IS_SERVICE (service), NULL);

  self = g_object_new (BOUNCE_TYPE_NOTIFICATIONS, NULL);
  self->application = application;
  g_set_object (&self->settings, settings);
  g_signal_connect_object (service, "event", G_CALLBACK (event_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (service, "notify::receiver-running", G_CALLBACK (receiver_changed_cb),
                           self, G_CONNECT_SWAPPED);
  return self;
}

/**
 * bounce_notifications_seen:
 *
 * Somebody looks at the window: what the notifications say is known, counting begins again.
 *
 * Thread: main
 */
void
bounce_notifications_seen (BounceNotifications *self)
{
  g_return_if_fail (BOUNCE_IS_NOTIFICATIONS (self));

  for (Kind kind = 0; kind < N_KINDS; kind++)
    withdraw (self, kind);
}
