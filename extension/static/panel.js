// Loader of the side panel: everything else is Rust.
import init, { panel } from './inlay.js';

await init({ module_or_path: (globalThis.chrome ?? globalThis.browser).runtime.getURL('inlay_bg.wasm') });
await panel();
