// SPDX-FileCopyrightText: The Bounce authors
// SPDX-License-Identifier: GPL-3.0-or-later

// Uploads a file with tus-js-client in 5 MiB chunks; prints the seconds it took.
// Usage: node tus-js-client.js ENDPOINT FILE

const fs = require("node:fs");
const path = require("node:path");
const tus = require(path.join(__dirname, "../support/servers/node_modules/tus-js-client"));

const [endpoint, file] = process.argv.slice(2);
const start = process.hrtime.bigint();
new tus.Upload(fs.createReadStream(file), {
  endpoint,
  chunkSize: 5 * 1024 * 1024,
  uploadSize: fs.statSync(file).size,
  metadata: { name: "package.zip" },
  onError(error) {
    console.error(error.message);
    process.exit(1);
  },
  onSuccess() {
    console.log(Number(process.hrtime.bigint() - start) / 1e9);
  },
}).start();
