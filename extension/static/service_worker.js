// Loader: registers listeners in the first turn, as the platform wants; everything else is Rust.
import init, { message } from './inlay.js';

const runtime = globalThis.chrome ?? globalThis.browser;
let ready;
const boot = () => (ready ??= init({ module_or_path: runtime.runtime.getURL('inlay_bg.wasm') }));

runtime.runtime.onMessage.addListener((ask, sender, reply) => {
  if (sender.id !== runtime.runtime.id) return false;
  boot()
    .then(() => message(ask, { tab: `${sender.tab?.id ?? -1}:${sender.documentId ?? ''}`, page: sender.origin?.startsWith('chrome-extension://') || sender.origin?.startsWith('moz-extension://') || false }))
    .then(reply, (error) => reply({ kind: 'broken', message: String(error?.message ?? error) }));
  return true;
});
