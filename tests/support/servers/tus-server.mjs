// SPDX-FileCopyrightText: The Bounce authors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// A TUS server that is not ours, on loopback:
//   node tus-server.mjs tus|uploadx DIRECTORY PORT
// PORT 0 picks one. Prints "listening on PORT". Uploads are made at /files and kept in DIRECTORY,
// where a server started again finds them. Ends with its standard input, so that it never outlives
// the test that started it.

import { createServer } from 'node:http';

const [kind, directory, port] = process.argv.slice(2);

async function makeTus() {
  const { Server } = await import('@tus/server');
  const { FileStore } = await import('@tus/file-store');
  const server = new Server({ path: '/files', datastore: new FileStore({ directory }) });

  return (request, response) => server.handle(request, response);
}

async function makeUploadx() {
  const { Tus } = await import('@uploadx/core');
  const server = new Tus({ directory, path: '/files', maxUploadSize: '4GB', allowMIME: ['*/*'] });

  // Until its directory is there it answers 503.
  while (!server.storage.isReady) await new Promise((resolve) => setTimeout(resolve, 5));
  return (request, response) => server.handle(request, response);
}

const makers = { tus: makeTus, uploadx: makeUploadx };
if (!makers[kind] || !directory || port === undefined) {
  console.error('usage: tus-server.mjs tus|uploadx DIRECTORY PORT');
  process.exit(2);
}
const server = createServer(await makers[kind]());
server.listen(Number(port), '127.0.0.1', () => {
  console.log(`listening on ${server.address().port}`);
});
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
