/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* See the header. A receiver that listens on every address is shown with this machine's own ones,
 * because 0.0.0.0 is nothing that anyone could enter. Main thread. */

#include "config.h"

#include "bounce-endpoint-box.h"

#include <gio/gio.h>
#include <glib/gi18n.h>

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

struct _BounceEndpointBox
{
  AdwBin parent_instance;

  GtkLabel *address_label;
  GtkLabel *port_label;
  GtkLabel *ae_title_label;
  GtkButton *copy_button;

  BounceService *service; /* (owned) (nullable) */
};

G_DEFINE_FINAL_TYPE (BounceEndpointBox, bounce_endpoint_box, ADW_TYPE_BIN)

static gboolean
is_reachable_interface (const struct ifaddrs *interface)
{
  return interface->ifa_addr != NULL && interface->ifa_addr->sa_family == AF_INET
         && (interface->ifa_flags & IFF_UP) != 0 && (interface->ifa_flags & IFF_LOOPBACK) == 0;
}

static char *
describe_interface (const struct ifaddrs *interface)
{
  g_autoptr (GSocketAddress) address =
      g_socket_address_new_from_native (interface->ifa_addr, sizeof (struct sockaddr_in));

  return g_inet_address_to_string (
      g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (address)));
}

/* IPv4 addresses that others can reach, one a line; the loopback address when there is none. */
static char *
list_own_addresses (void)
{
  GString *text = g_string_new (NULL);
  struct ifaddrs *interfaces = NULL;

  if (getifaddrs (&interfaces) == 0)
    {
      for (struct ifaddrs *each = interfaces; each != NULL; each = each->ifa_next)
        {
          g_autofree char *address = NULL;

          if (!is_reachable_interface (each))
            continue;
          address = describe_interface (each);
          g_string_append_printf (text, "%s%s", text->len > 0 ? "\n" : "", address);
        }
      freeifaddrs (interfaces);
    }
  if (text->len == 0)
    g_string_append (text, "127.0.0.1");
  return g_string_free (text, FALSE);
}

static char *
describe_address (BounceConfig *config)
{
  const char *address = bounce_config_get_ip_address (config);
  g_autoptr (GInetAddress) inet = g_inet_address_new_from_string (address);

  if (inet != NULL && g_inet_address_get_is_any (inet))
    return list_own_addresses ();
  return g_strdup (address);
}

static void
show_endpoint (BounceEndpointBox *self)
{
  BounceConfig *config = bounce_service_get_config (self->service);
  guint16 bound = bounce_service_get_receiver_port (self->service);
  g_autofree char *address = describe_address (config);
  g_autofree char *port =
      g_strdup_printf ("%u", bound != 0 ? bound : bounce_config_get_port (config));

  gtk_label_set_label (self->address_label, address);
  gtk_label_set_label (self->port_label, port);
  gtk_label_set_label (self->ae_title_label, bounce_config_get_ae_title (config));
}

static void
copy_cb (BounceEndpointBox *self)
{
  g_autofree char *text = g_strdup_printf (
      _ ("IP address: %s\nPort: %s\nAE title: %s"), gtk_label_get_label (self->address_label),
      gtk_label_get_label (self->port_label), gtk_label_get_label (self->ae_title_label));

  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), text);
  gtk_widget_activate_action (GTK_WIDGET (self), "win.tell", "s", _ ("Copied"));
}

static void
bounce_endpoint_box_dispose (GObject *object)
{
  g_clear_object (&BOUNCE_ENDPOINT_BOX (object)->service);
  adw_bin_set_child (ADW_BIN (object), NULL);
  G_OBJECT_CLASS (bounce_endpoint_box_parent_class)->dispose (object);
}

static void
bounce_endpoint_box_class_init (BounceEndpointBoxClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = bounce_endpoint_box_dispose;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/cloud/aurabox/Bounce/ui/endpoint-box.ui");
  gtk_widget_class_bind_template_child (widget_class, BounceEndpointBox, address_label);
  gtk_widget_class_bind_template_child (widget_class, BounceEndpointBox, port_label);
  gtk_widget_class_bind_template_child (widget_class, BounceEndpointBox, ae_title_label);
  gtk_widget_class_bind_template_child (widget_class, BounceEndpointBox, copy_button);
}

static void
bounce_endpoint_box_init (BounceEndpointBox *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_object (self->copy_button, "clicked", G_CALLBACK (copy_cb), self,
                           G_CONNECT_SWAPPED);
}

/**
 * bounce_endpoint_box_set_service:
 *
 * Shows the endpoint of @service from here on. Once only.
 *
 * Thread: main
 */
void
bounce_endpoint_box_set_service (BounceEndpointBox *self, BounceService *service)
{
  g_return_if_fail (BOUNCE_IS_ENDPOINT_BOX (self));
  g_return_if_fail (self->service == NULL);

  self->service = g_object_ref (service);
  g_signal_connect_object (service, "notify::receiver-running", G_CALLBACK (show_endpoint), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (service, "notify::config", G_CALLBACK (show_endpoint), self,
                           G_CONNECT_SWAPPED);
  show_endpoint (self);
}

/**
 * bounce_endpoint_box_preview:
 *
 * Shows a port and an AE title that are not settings yet, until the settings change.
 *
 * Thread: main
 */
void
bounce_endpoint_box_preview (BounceEndpointBox *self, guint port, const char *ae_title)
{
  g_autofree char *text = g_strdup_printf ("%u", port);

  g_return_if_fail (BOUNCE_IS_ENDPOINT_BOX (self));

  gtk_label_set_label (self->port_label, text);
  gtk_label_set_label (self->ae_title_label, ae_title);
}
