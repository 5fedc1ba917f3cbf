// Loader of the options page: everything else is Rust.
import init, { options } from './inlay.js';

await init({ module_or_path: (globalThis.chrome ?? globalThis.browser).runtime.getURL('inlay_bg.wasm') });
await options();
