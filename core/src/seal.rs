//! Keys, sealing, keyed hashes (spec 33). Random bytes are given to it.
//!
//! Sealing is deterministic: the nonce is a keyed hash of the context and the text, so equal rows seal to equal
//! bytes. An unchanged row is therefore recognised without opening it, and no nonce can be used twice for two texts.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use siphasher::sip::SipHasher24;
use std::hash::Hasher;

const NONCE: usize = 24;

/// Why sealed bytes can't be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("sealed data can't be opened: wrong key, or the bytes were changed")]
pub struct SealError;

/// A key and what is derived from it: one cipher key, one nonce key, one key for look-up hashes.
#[derive(Clone)]
pub struct Key {
    cipher: XChaCha20Poly1305,
    nonce: [u8; 32],
    lookup: [u8; 16],
    /// The key that this one replaces: opens what wasn't sealed anew yet, and its look-up hashes stay until the index is built anew.
    older: Option<Box<Key>>,
}

impl Key {
    /// Derives the working keys from 32 secret bytes.
    pub fn new(secret: &[u8; 32]) -> Self {
        let derived = blake3::derive_key("inlay 2026 lookup", secret);
        let mut lookup = [0; 16];
        lookup.copy_from_slice(&derived[..16]);
        Self {
            cipher: XChaCha20Poly1305::new(&blake3::derive_key("inlay 2026 cipher", secret).into()),
            nonce: blake3::derive_key("inlay 2026 nonce", secret),
            lookup,
            older: None,
        }
    }

    /// This key while it replaces another one.
    #[must_use]
    pub fn replacing(self, older: Self) -> Self {
        Self { older: Some(Box::new(older)), ..self }
    }

    /// This key alone.
    #[must_use]
    pub fn alone(&self) -> Self {
        Self { older: None, ..self.clone() }
    }

    /// Seals a text. The context (a record id, a column's name) must be given again to open it.
    pub fn seal(&self, context: &str, text: &[u8]) -> Vec<u8> {
        let mut hash = blake3::Hasher::new_keyed(&self.nonce);
        hash.update(&(context.len() as u64).to_le_bytes()).update(context.as_bytes()).update(text);
        let digest = hash.finalize();
        let nonce = &digest.as_bytes()[..NONCE];
        let payload = Payload { msg: text, aad: context.as_bytes() };
        let sealed = self.cipher.encrypt(XNonce::from_slice(nonce), payload).expect("texts are far below 256 GiB");
        [nonce, &sealed].concat()
    }

    /// Opens what [`Key::seal`] sealed under the same key and context.
    pub fn open(&self, context: &str, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        let (nonce, text) = sealed.split_at_checked(NONCE).ok_or(SealError)?;
        let payload = Payload { msg: text, aad: context.as_bytes() };
        match (self.cipher.decrypt(XNonce::from_slice(nonce), payload), &self.older) {
            (Ok(text), _) => Ok(text),
            (Err(_), Some(older)) => older.open(context, sealed),
            (Err(_), None) => Err(SealError),
        }
    }

    /// The keyed hash of a look-up key: 48 bits, so that a million records meet by chance about never.
    pub fn lookup(&self, kind: u8, value: &str) -> u64 {
        self.older.as_deref().unwrap_or(self).lookup_newest(kind, value)
    }

    /// The same under this key, though it replaces another one: for what is hashed anew when it is sealed anew.
    pub fn lookup_newest(&self, kind: u8, value: &str) -> u64 {
        let mut hasher = SipHasher24::new_with_key(&self.lookup);
        hasher.write(&[kind]);
        hasher.write(value.as_bytes());
        hasher.finish() >> 16
    }
}

/// The hash under which a secret that must only be recognised (a session token, a set-up code) is stored.
pub fn fingerprint(secret: &str) -> String {
    blake3::hash(secret.as_bytes()).to_hex().to_string()
}

/// Whether two secrets are equal, in a time that doesn't tell where they differ.
pub fn same_secret(a: &str, b: &str) -> bool {
    blake3::hash(a.as_bytes()) == blake3::hash(b.as_bytes())
}

/// URL-safe Base64 without padding, for tokens and PKCE.
pub fn base64url(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

/// The S256 challenge of a PKCE verifier (RFC 7636).
pub fn challenge(verifier: &str) -> String {
    use sha2::Digest as _;
    base64url(&sha2::Sha256::digest(verifier.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_key_and_context_open() {
        let key = Key::new(&[7; 32]);
        let sealed = key.seal("003", b"ada@example.org");
        assert_eq!(key.open("003", &sealed), Ok(b"ada@example.org".to_vec()));
        assert_eq!(key.open("001", &sealed), Err(SealError));
        assert_eq!(Key::new(&[8; 32]).open("003", &sealed), Err(SealError));
        let mut changed = sealed.clone();
        changed[30] ^= 1;
        assert_eq!(key.open("003", &changed), Err(SealError));
        assert_eq!(key.open("003", b"short"), Err(SealError));
    }

    #[test]
    fn a_key_opens_what_the_one_it_replaces_sealed() {
        let (old, new) = (Key::new(&[7; 32]), Key::new(&[8; 32]));
        let both = new.clone().replacing(old.clone());
        assert_eq!(both.open("003", &old.seal("003", b"x")), Ok(b"x".to_vec()));
        assert_eq!(both.seal("003", b"x"), new.seal("003", b"x"));
        assert_eq!((both.lookup(1, "x"), both.lookup_newest(1, "x")), (old.lookup(1, "x"), new.lookup(1, "x")));
    }

    #[test]
    fn equal_texts_seal_alike_only_under_one_context() {
        let key = Key::new(&[7; 32]);
        assert_eq!(key.seal("a", b"x"), key.seal("a", b"x"));
        assert_ne!(key.seal("a", b"x"), key.seal("b", b"x"));
    }

    #[test]
    fn the_challenge_is_that_of_rfc_7636() {
        assert_eq!(challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }
}
