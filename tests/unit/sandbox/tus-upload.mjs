// SPDX-FileCopyrightText: The Bounce authors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Uploads one file with tus-js-client: node tus-upload.mjs JSON, where JSON has endpoint, token,
// path, chunkSize, metadata, and uploadUrl when resuming. Prints the URL of the upload.

import { createReadStream, statSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(new URL('../../support/servers/package.json', import.meta.url));
const tus = require('tus-js-client');
const { endpoint, token, path, chunkSize, metadata, uploadUrl } = JSON.parse(process.argv[2]);

const upload = new tus.Upload(createReadStream(path), {
  endpoint,
  uploadUrl,
  chunkSize,
  uploadSize: statSync(path).size,
  retryDelays: [0, 50, 100, 200],
  headers: { Authorization: `Bearer ${token}` },
  metadata,
  onError (error) {
    console.error(String(error));
    process.exit(1);
  },
  onSuccess () {
    console.log(upload.url);
  },
});
upload.start();
