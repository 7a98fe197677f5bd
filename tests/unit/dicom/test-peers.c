/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The listener against DCMTK's own programs. */

#include "listener-fixture.h"

#include "bounce-dataset-head.h"
#include "bounce-phantom.h"
#include "bounce-rawsend.h"
#include "bounce-test-dirs.h"

#include <string.h>

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
send_phantoms (const char *const *tool)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autoptr (BounceTestDirs) dirs = bounce_test_dirs_new ();
  g_autofree char *folder = bounce_test_dirs_make (dirs, "phantom");
  g_autoptr (GPtrArray) arguments = g_ptr_array_new ();
  g_autofree char *output = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (bounce_phantom_write (&phantom, folder, &error));
  g_assert_no_error (error);
  for (; *tool != NULL; tool++)
    g_ptr_array_add (arguments, (gpointer) *tool);
  g_ptr_array_add (arguments, folder);
  g_ptr_array_add (arguments, NULL);
  g_assert_cmpint (run_tool (fixture, (const char *const *) arguments->pdata, &output), ==, 0);
  g_assert_cmpint (fixture_wait_closed (fixture, 0)->outcome, ==, BOUNCE_ASSOCIATION_RELEASED);
  g_assert_cmpint (fixture->stores->len, ==, N_PHANTOMS);
  for (guint i = 0; i < N_PHANTOMS; i++)
    assert_phantom (fixture_wait_ended (fixture, i));
}

static void
test_storescu (void)
{
  const char *const tool[] = { "storescu", "+sd", "127.0.0.1", "PORT", NULL };

  send_phantoms (tool);
}

static void
test_dcmsend (void)
{
  const char *const tool[] = { "dcmsend", "--scan-directories", "127.0.0.1", "PORT", NULL };

  send_phantoms (tool);
}

static void
test_echoscu_aborts (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  const char *const abort[] = { "echoscu", "--abort", "127.0.0.1", "PORT", NULL };
  g_autofree char *output = NULL;

  g_assert_cmpint (run_tool (fixture, abort, &output), ==, 0);
  g_assert_cmpint (fixture_wait_closed (fixture, 0)->outcome, ==,
                   BOUNCE_ASSOCIATION_ABORTED_BY_PEER);
}

/* What the status does to the sender: it must not take a refusal for success. */
static void
test_storescu_refused (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autoptr (BounceTestDirs) dirs = bounce_test_dirs_new ();
  g_autofree char *folder = bounce_test_dirs_make (dirs, "phantom");
  const char *const store[] = { "storescu", "-v", "+sd", "127.0.0.1", "PORT", folder, NULL };
  g_autofree char *output = NULL;

  fixture->begin_status = BOUNCE_STATUS_OUT_OF_RESOURCES;
  g_assert_true (bounce_phantom_write (&phantom, folder, NULL));
  g_assert_cmpint (run_tool (fixture, store, &output), !=, 0);
  g_assert_nonnull (strstr (output, "OutOfResources"));
}

/* Bytes of the data set behind the file head. */
static void
assert_sent_bytes (const char *path, const SeenStore *seen)
{
  g_autofree char *data = NULL;
  g_autofree char *syntax = NULL;
  gsize size, offset;

  g_assert_true (g_file_get_contents (path, &data, &size, NULL));
  g_assert_true (bounce_part10_find_dataset ((const guint8 *) data, size, &offset, &syntax, NULL));
  g_assert_cmpstr (seen->transfer_syntax_uid, ==, syntax);
  g_assert_cmpmem (seen->data->data, seen->data->len, data + offset, size - offset);
}

/* Each readable file of the shared ones, where they are there: the bytes on the wire are the bytes
 * of the file, in whatever transfer syntax. */
static void
test_shared_files (void)
{
  static const char *const folders[] = { "variety", "charsets", "ct-brain", "mr-head-first" };

  for (guint i = 0; i < G_N_ELEMENTS (folders); i++)
    {
      g_autofree char *folder = g_build_filename (SHARED_DICOM, folders[i], NULL);
      g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);

      for (const char *name; dir != NULL && (name = g_dir_read_name (dir)) != NULL;)
        {
          g_autoptr (Fixture) fixture = fixture_new ();
          g_autofree char *path = g_build_filename (folder, name, NULL);
          const BounceRawsend options = { .port = fixture_port (fixture) };
          const char *const paths[] = { path, NULL };
          BounceRawsendResult result = { 0 };

          /* Files without a SOP Instance UID cannot be sent at all. */
          if (!bounce_rawsend_run (&options, paths, &result, NULL) || result.n_success == 0)
            continue;
          g_test_message ("%s", name);
          assert_sent_bytes (path, fixture_wait_ended (fixture, 0));
        }
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dicom/peers/echo", test_echo);
  g_test_add_func ("/dicom/peers/storescu", test_storescu);
  g_test_add_func ("/dicom/peers/dcmsend", test_dcmsend);
  g_test_add_func ("/dicom/peers/echoscu-aborts", test_echoscu_aborts);
  g_test_add_func ("/dicom/peers/storescu-refused", test_storescu_refused);
  g_test_add_func ("/dicom/peers/shared-files", test_shared_files);
  return g_test_run ();
}
