/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* bounce-sandbox: a local Aurabox for trying out, training and tests. */

#include "config.h"

#include "bounce-api-key.h"

#include "sandbox-server.h"

#include <glib-unix.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define EXIT_USAGE 2

static const char SUMMARY[] =
    "A local stand-in for the Aurabox cloud: the Bounce API, a TUS server, and what was "
    "delivered.\n"
    "For trying out, training and tests. It is NEVER a production server: it keeps patient data\n"
    "unencrypted, shows it to anyone who can connect, and can be told to misbehave.";

/* More than any key has, so that what is no key is not read for ever. */
#define MAX_LINE_BYTES 4096

typedef struct
{
  Sandbox *sandbox;
  GMainLoop *loop;
} Run;

static gboolean
stop_cb (gpointer user_data)
{
  Run *run = user_data;

  sandbox_stop (run->sandbox);
  g_main_loop_quit (run->loop);
  return G_SOURCE_CONTINUE;
}

/* Whoever started it is gone, or wants it to end. */
static gboolean
input_ended_cb (int fd, GIOCondition condition, gpointer user_data)
{
  char bytes[MAX_LINE_BYTES];

  if (read (fd, bytes, sizeof bytes) > 0)
    return G_SOURCE_CONTINUE;
  stop_cb (user_data);
  return G_SOURCE_REMOVE;
}

/* The key from the first line of standard input, where no other user sees it. */
static char *
read_key (void)
{
  char line[MAX_LINE_BYTES];
  gsize length = 0;

  while (length < sizeof line - 1 && read (STDIN_FILENO, line + length, 1) == 1
         && line[length] != '\n')
    length++;
  line[length] = '\0';
  return g_strdup (line);
}

/* Any text will do for a client of one's own, but Bounce is what most people try. */
static void
warn_of_key (const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BounceApiKey) key = bounce_api_key_parse (text, &error);

  if (key == NULL)
    g_printerr ("bounce-sandbox: Bounce will not take this key: %s\n", error->message);
}

static int
run_sandbox (const SandboxOptions *options, gboolean ends_with_input)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Sandbox) sandbox = sandbox_new (options, &error);
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  Run run = { sandbox, loop };

  if (sandbox == NULL)
    {
      g_printerr ("bounce-sandbox: %s\n", error->message);
      return EXIT_FAILURE;
    }
  g_unix_signal_add (SIGTERM, stop_cb, &run);
  g_unix_signal_add (SIGINT, stop_cb, &run);
  if (ends_with_input)
    g_unix_fd_add (STDIN_FILENO, G_IO_IN | G_IO_HUP | G_IO_ERR, input_ended_cb, &run);
  g_print ("sandbox on %s\n", sandbox->listen_url);
  fflush (stdout);
  g_main_loop_run (loop);
  while (!sandbox_is_idle (sandbox))
    g_main_context_iteration (NULL, TRUE);
  return EXIT_SUCCESS;
}

/* The options as they are given; seconds and MiB become what the server counts in. */
typedef struct
{
  SandboxOptions options;
  int port;
  int token_lifetime_seconds;
  int upload_lifetime_seconds;
  int max_upload_mib;
  int max_unpacked_mib;
  gboolean ends_with_input;
  gboolean is_version_wanted;
} Arguments;

static GOptionContext *
describe_options (Arguments *arguments)
{
  SandboxOptions *options = &arguments->options;
  const GOptionEntry entries[] = {
    { "port", 'p', 0, G_OPTION_ARG_INT, &arguments->port, "Port to listen on; 0 picks one (0)",
      "N" },
    { "data", 'd', 0, G_OPTION_ARG_FILENAME, &options->data_dir,
      "Directory of its own for what it holds", "DIR" },
    { "api-key", 'k', 0, G_OPTION_ARG_STRING, &options->api_key,
      "The API key to accept; - reads it from the first line of standard input", "KEY" },
    { "listen", 'l', 0, G_OPTION_ARG_STRING, &options->listen_address,
      "IP address to listen on (127.0.0.1); other than loopback, /sandbox/ asks for the key, too",
      "ADDRESS" },
    { "protect", 0, 0, G_OPTION_ARG_NONE, &options->is_protected,
      "/sandbox/ asks for the key on loopback, too: other users of the machine see nothing", NULL },
    { "public-url", 0, 0, G_OPTION_ARG_STRING, &options->public_url,
      "What clients are told instead of the address listened on", "URL" },
    { "token-lifetime", 0, 0, G_OPTION_ARG_INT, &arguments->token_lifetime_seconds,
      "Until an upload token expires (3600)", "SECONDS" },
    { "upload-lifetime", 0, 0, G_OPTION_ARG_INT, &arguments->upload_lifetime_seconds,
      "Until an unfinished TUS upload expires (86400)", "SECONDS" },
    { "max-upload", 0, 0, G_OPTION_ARG_INT, &arguments->max_upload_mib, "Largest archive (65536)",
      "MIB" },
    { "max-unpacked", 0, 0, G_OPTION_ARG_INT, &arguments->max_unpacked_mib,
      "Largest archive when unpacked (131072)", "MIB" },
    { "until-eof", 0, 0, G_OPTION_ARG_NONE, &arguments->ends_with_input,
      "End when standard input ends, for a program that starts it", NULL },
    { "version", 0, 0, G_OPTION_ARG_NONE, &arguments->is_version_wanted, "Show the version", NULL },
    { NULL },
  };
  GOptionContext *context = g_option_context_new (NULL);
  g_autofree char *faults = sandbox_faults_describe ();

  g_option_context_set_summary (context, SUMMARY);
  g_option_context_set_description (context, faults);
  g_option_context_add_main_entries (context, entries, NULL);
  return context;
}

/* NULL when in order, else what is wrong. */
static const char *
check_arguments (const Arguments *arguments, int n_left)
{
  if (n_left > 1)
    return "unexpected argument";
  if (arguments->options.data_dir == NULL)
    return "--data is needed";
  if (arguments->options.api_key == NULL || arguments->options.api_key[0] == '\0')
    return "--api-key is needed";
  if (arguments->port < 0 || arguments->port > G_MAXUINT16)
    return "--port must be from 0 to 65535";
  if (arguments->token_lifetime_seconds < 0 || arguments->upload_lifetime_seconds < 0)
    return "a lifetime must not be negative";
  if (arguments->max_upload_mib < 1 || arguments->max_unpacked_mib < 1)
    return "a largest size must be at least 1";
  return NULL;
}

static void
convert_arguments (Arguments *arguments)
{
  SandboxOptions *options = &arguments->options;

  if (g_str_equal (options->api_key, "-"))
    {
      g_free (options->api_key);
      options->api_key = read_key ();
    }
  if (options->listen_address == NULL)
    options->listen_address = g_strdup ("127.0.0.1");
  options->port = arguments->port;
  options->token_lifetime_us = arguments->token_lifetime_seconds * (gint64) G_USEC_PER_SEC;
  options->upload_lifetime_us = arguments->upload_lifetime_seconds * (gint64) G_USEC_PER_SEC;
  options->max_upload_bytes = (guint64) arguments->max_upload_mib << 20;
  options->max_unpacked_bytes = (guint64) arguments->max_unpacked_mib << 20;
}

static void
clear_options (SandboxOptions *options)
{
  g_free (options->data_dir);
  g_free (options->api_key);
  g_free (options->listen_address);
  g_free (options->public_url);
}

static int
fail_usage (const char *problem)
{
  g_printerr ("bounce-sandbox: %s (see --help)\n", problem);
  return EXIT_USAGE;
}

static int
run_arguments (Arguments *arguments, int n_left)
{
  const char *problem;

  if (arguments->is_version_wanted)
    {
      g_print ("bounce-sandbox %s\n", BOUNCE_VERSION);
      return EXIT_SUCCESS;
    }
  problem = check_arguments (arguments, n_left);
  if (problem != NULL)
    return fail_usage (problem);
  convert_arguments (arguments);
  if (*arguments->options.api_key == '\0')
    return fail_usage ("standard input has no key");
  warn_of_key (arguments->options.api_key);
  return run_sandbox (&arguments->options, arguments->ends_with_input);
}

int
main (int argc, char **argv)
{
  Arguments arguments = { .token_lifetime_seconds = 3600,
                          .upload_lifetime_seconds = 86400,
                          .max_upload_mib = 65536,
                          .max_unpacked_mib = 131072 };
  g_autoptr (GOptionContext) context = NULL;
  g_autoptr (GError) error = NULL;
  int status;

  setlocale (LC_ALL, "");
  umask (0077);
  signal (SIGPIPE, SIG_IGN);
  context = describe_options (&arguments);
  if (g_option_context_parse (context, &argc, &argv, &error))
    status = run_arguments (&arguments, argc);
  else
    status = fail_usage (error->message);
  clear_options (&arguments.options);
  return status;
}
