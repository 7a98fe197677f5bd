/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The listener against DCMTK's own programs. */

#include "listener-fixture.h"

#include "bounce-dataset-head.h"
#include "bounce-phantom.h"
#include "bounce-test-dirs.h"

static int
run_tool (Fixture *fixture, const char *const *arguments, char **output)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_autofree char *port = g_strdup_printf ("%u", fixture_port (fixture));
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) process = NULL;

  for (; *arguments != NULL; arguments++)
    g_ptr_array_add (argv, g_str_equal (*arguments, "PORT") ? port : (gpointer) *arguments);
  g_ptr_array_add (argv, NULL);
  process =
      g_subprocess_newv ((const char *const *) argv->pdata,
                         G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_MERGE, &error);
  g_assert_no_error (error);
  g_subprocess_communicate_utf8 (process, NULL, NULL, output, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_get_if_exited (process));
  g_test_message ("%s", *output);
  return g_subprocess_get_exit_status (process);
}

static void
test_echo (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  const char *const echo[] = { "echoscu",  "-aet",      "MODALITY", "-aec",
                               "ANYTHING", "127.0.0.1", "PORT",     NULL };
  g_autofree char *output = NULL;
  SeenAssociation *seen;

  g_assert_cmpint (run_tool (fixture, echo, &output), ==, 0);
  seen = fixture_wait_closed (fixture, 0);
  g_assert_cmpint (seen->outcome, ==, BOUNCE_ASSOCIATION_RELEASED);
  g_assert_cmpstr (seen->calling_ae, ==, "MODALITY");
  g_assert_cmpstr (seen->called_ae, ==, "ANYTHING");
  g_assert_cmpstr (seen->address, ==, "127.0.0.1");
}

#define N_PHANTOMS 3

static const BouncePhantom phantom = {
  .kind = BOUNCE_PHANTOM_CT, .seed = 7, .n_instances = N_PHANTOMS, .n_series = 1
};

/* Folders are sent in any order. */
static guint
phantom_index (const char *sop_instance_uid)
{
  for (guint i = 0; i < N_PHANTOMS; i++)
    {
      g_autofree char *uid = bounce_phantom_sop_uid (&phantom, i);

      if (g_str_equal (uid, sop_instance_uid))
        return i;
    }
  g_assert_not_reached ();
}

static void
assert_phantom (SeenStore *seen)
{
  guint index = phantom_index (seen->sop_instance_uid);
  gsize offset;
  g_autoptr (GBytes) file = bounce_phantom_make (&phantom, index, &offset);
  g_autoptr (GBytes) dataset =
      g_bytes_new_from_bytes (file, offset, g_bytes_get_size (file) - offset);
  g_autofree char *uid = bounce_phantom_sop_uid (&phantom, index);
  g_autoptr (GError) error = NULL;
  g_autoptr (BounceInstanceHead) head = bounce_dataset_head_parse (
      seen->data->data, seen->data->len, seen->transfer_syntax_uid, &error);

  g_assert_no_error (error);
  g_assert_cmpmem (seen->data->data, seen->data->len, g_bytes_get_data (dataset, NULL),
                   g_bytes_get_size (dataset));
  g_assert_cmpstr (seen->sop_instance_uid, ==, uid);
  g_assert_cmpstr (head->sop_instance_uid, ==, uid);
  g_assert_cmpstr (head->patient_name, ==, bounce_phantom_patient_name (&phantom));
}

static void
test_storescu (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autoptr (BounceTestDirs) dirs = bounce_test_dirs_new ();
  g_autofree char *folder = bounce_test_dirs_make (dirs, "phantom");
  const char *const store[] = { "storescu", "+sd", "127.0.0.1", "PORT", folder, NULL };
  g_autofree char *output = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (bounce_phantom_write (&phantom, folder, &error));
  g_assert_no_error (error);
  g_assert_cmpint (run_tool (fixture, store, &output), ==, 0);
  g_assert_cmpint (fixture_wait_closed (fixture, 0)->outcome, ==, BOUNCE_ASSOCIATION_RELEASED);
  g_assert_cmpint (fixture->stores->len, ==, N_PHANTOMS);
  for (guint i = 0; i < N_PHANTOMS; i++)
    assert_phantom (fixture_wait_ended (fixture, i));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dicom/peers/echo", test_echo);
  g_test_add_func ("/dicom/peers/storescu", test_storescu);
  return g_test_run ();
}
