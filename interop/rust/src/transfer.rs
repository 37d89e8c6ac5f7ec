//! What a connection carries besides gossip: the transports, and streams for the transport checks.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::{AsyncReadExt, AsyncWriteExt, StreamExt};
use libp2p::core::muxing::StreamMuxerBox;
use libp2p::core::transport::Boxed;
use libp2p::core::upgrade::Version;
use libp2p::identity::Keypair;
use libp2p::{noise, quic, tcp, tls, websocket, yamux, PeerId, Stream, StreamProtocol, Transport};
use libp2p_stream::Control;
use serde_json::{json, Value};
use sha2::{Digest, Sha256};

const TRANSFER: StreamProtocol = StreamProtocol::new("/interop/transfer/1.0.0");
const RESET: StreamProtocol = StreamProtocol::new("/interop/reset/1.0.0");
const ABORT: StreamProtocol = StreamProtocol::new("/interop/abort/1.0.0");
const BLOCK: usize = 64 << 10;

type Failure = Box<dyn std::error::Error + Send + Sync>;

macro_rules! secured {
    ($carrier:expr, $key:expr, $security:expr) => {
        match $security {
            "noise" => Ok($carrier
                .upgrade(Version::V1Lazy)
                .authenticate(noise::Config::new($key)?)
                .multiplex(yamux::Config::default())
                .boxed()),
            "tls" => Ok($carrier
                .upgrade(Version::V1Lazy)
                .authenticate(tls::Config::new($key)?)
                .multiplex(yamux::Config::default())
                .boxed()),
            other => Err(format!("unknown security {other}").into()),
        }
    };
}

/// One transport with one security.
pub fn transport(key: &Keypair, name: &str, security: &str) -> Result<Boxed<(PeerId, StreamMuxerBox)>, Failure> {
    let sockets = || tcp::tokio::Transport::new(tcp::Config::default().nodelay(true));
    match name {
        "tcp" => secured!(sockets(), key, security),
        "ws" => secured!(websocket::Config::new(sockets()), key, security),
        "quic-v1" => Ok(quic::tokio::Transport::new(quic::Config::new(key))
            .map(|(peer, muxer), _| (peer, StreamMuxerBox::new(muxer)))
            .boxed()),
        other => Err(format!("unknown transport {other}").into()),
    }
}

/// The bytes of a transfer: blocks that begin with their number, so that one lost, doubled or moved shows.
async fn write_pattern(stream: &mut Stream, mut count: usize) -> Result<Vec<u8>, Failure> {
    let mut sum = Sha256::new();
    let mut block: Vec<u8> = (0..BLOCK).map(|i| (i * 31) as u8).collect();
    let mut number = 0u32;
    while count > 0 {
        block[..4].copy_from_slice(&number.to_be_bytes());
        let part = &block[..count.min(BLOCK)];
        sum.update(part);
        stream.write_all(part).await?;
        count -= part.len();
        number += 1;
    }
    stream.flush().await?;
    Ok(sum.finalize().to_vec())
}

async fn serve_transfer(mut stream: Stream) -> Result<(), Failure> {
    let mut sum = Sha256::new();
    let mut count = 0;
    let mut buffer = vec![0; BLOCK];
    loop {
        let n = stream.read(&mut buffer).await?;
        if n == 0 {
            break;
        }
        sum.update(&buffer[..n]);
        count += n;
    }
    stream.write_all(&sum.finalize()).await?;
    let own = write_pattern(&mut stream, count).await?;
    stream.write_all(&own).await?;
    stream.close().await?;
    Ok(())
}

/// A reset stream shows as an end of reading, of which only writing tells the difference.
async fn ended_by_reset(stream: &mut Stream) -> bool {
    let mut buffer = [0; 16];
    loop {
        match stream.read(&mut buffer).await {
            Err(_) => return true,
            Ok(0) => break,
            Ok(_) => {}
        }
    }
    for _ in 0..20 {
        if stream.write_all(&[1]).await.is_err() || stream.flush().await.is_err() {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    false
}

async fn serve_abort(mut stream: Stream, aborted: Arc<AtomicU64>) -> Result<(), Failure> {
    let mut one = [0; 1];
    stream.read_exact(&mut one).await?;
    stream.write_all(&one).await?;
    stream.flush().await?;
    if ended_by_reset(&mut stream).await {
        aborted.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}

/// Serves the three protocols from now on.
pub fn serve(control: &mut Control, aborted: &Arc<AtomicU64>) -> Result<(), Failure> {
    let mut transfers = control.accept(TRANSFER)?;
    tokio::spawn(async move {
        while let Some((_, stream)) = transfers.next().await {
            tokio::spawn(async move {
                if let Err(problem) = serve_transfer(stream).await {
                    eprintln!("transfer: {problem}");
                }
            });
        }
    });
    let mut resets = control.accept(RESET)?;
    tokio::spawn(async move {
        while let Some((_, mut stream)) = resets.next().await {
            tokio::spawn(async move {
                let _ = stream.read_exact(&mut [0; 1]).await;
                drop(stream); // a stream that is dropped before it was closed is reset
            });
        }
    });
    let mut aborts = control.accept(ABORT)?;
    let aborted = aborted.clone();
    tokio::spawn(async move {
        while let Some((_, stream)) = aborts.next().await {
            tokio::spawn(serve_abort(stream, aborted.clone()));
        }
    });
    Ok(())
}

/// Sends bytes, ends its direction, and reads the digest of them, as many bytes and their digest.
pub async fn transfer(mut control: Control, peer: PeerId, count: usize) -> Result<Value, Failure> {
    let mut stream = control.open_stream(peer, TRANSFER).await?;
    let start = Instant::now();
    let sent = write_pattern(&mut stream, count).await?;
    stream.close().await?;
    let mut digest = [0; 32];
    stream.read_exact(&mut digest).await?;
    if digest[..] != sent[..] {
        return Err("their digest differs".into());
    }
    let upload = start.elapsed();
    let start = Instant::now();
    let mut sum = Sha256::new();
    let mut buffer = vec![0; BLOCK];
    let mut left = count;
    while left > 0 {
        let most = left.min(BLOCK);
        let n = stream.read(&mut buffer[..most]).await?;
        if n == 0 {
            return Err(format!("{left} bytes are missing").into());
        }
        sum.update(&buffer[..n]);
        left -= n;
    }
    stream.read_exact(&mut digest).await?;
    if digest[..] != sum.finalize()[..] {
        return Err("our digest differs".into());
    }
    if stream.read(&mut buffer).await? != 0 {
        return Err("no end after the digest".into());
    }
    Ok(json!({ "sent": upload.as_millis() as u64, "received": start.elapsed().as_millis() as u64 }))
}

/// The other side resets: the stream has to be of no use afterwards.
pub async fn reset(mut control: Control, peer: PeerId) -> Result<Value, Failure> {
    let mut stream = control.open_stream(peer, RESET).await?;
    stream.write_all(&[1]).await?;
    stream.flush().await?;
    if !ended_by_reset(&mut stream).await {
        return Err("no reset".into());
    }
    Ok(json!({}))
}

/// We reset: the other side counts it.
pub async fn abort(mut control: Control, peer: PeerId) -> Result<Value, Failure> {
    let mut stream = control.open_stream(peer, ABORT).await?;
    stream.write_all(&[1]).await?;
    stream.flush().await?;
    stream.read_exact(&mut [0; 1]).await?;
    drop(stream);
    Ok(json!({}))
}
