// Loader of the popup page: everything else is Rust.
import init, { popup } from './inlay.js';

await init({ module_or_path: (globalThis.chrome ?? globalThis.browser).runtime.getURL('inlay_bg.wasm') });
await popup();
