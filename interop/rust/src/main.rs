//! A rust-libp2p gossipsub peer for the interoperability checks: options as flags, one command a line on standard
//! input, one JSON object a line on standard output. The commands are listed in interop/README.md.

mod transfer;

use std::collections::HashMap;
use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::StreamExt;
use libp2p::gossipsub::{
    self, ConfigBuilder, IdentTopic, MessageAcceptance, MessageAuthenticity, MessageId,
    PeerScoreParams, PeerScoreThresholds, TopicHash, ValidationMode, Version,
};
use libp2p::multiaddr::Protocol;
use libp2p::swarm::{NetworkBehaviour, SwarmEvent};
use libp2p::{identify, ping, Multiaddr, PeerId, Swarm};
use serde_json::{json, Value};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncBufReadExt, BufReader};

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[derive(NetworkBehaviour)]
struct Behaviour {
    gossip: gossipsub::Behaviour,
    identify: identify::Behaviour,
    ping: ping::Behaviour,
    streams: libp2p_stream::Behaviour,
}

struct Node {
    swarm: Swarm<Behaviour>,
    names: Vec<String>,
    stats: HashMap<&'static str, u64>,
    dialling: Option<PeerId>,
    validates: bool,
    holding: bool,
    held: Vec<(MessageId, PeerId)>,
    identified: HashMap<PeerId, Value>,
    pings: Arc<Mutex<HashMap<PeerId, u64>>>,
    aborted: Arc<AtomicU64>,
}

fn say(value: &Value) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{value}");
    let _ = out.flush();
}

fn options() -> HashMap<String, String> {
    let mut found: HashMap<String, String> = [
        ("listen", "/ip4/127.0.0.1/tcp/0"),
        ("protocol", "1.2"),
        ("policy", "strict-sign"),
        ("d", "6"),
        ("px", "false"),
        ("flood", "false"),
        ("heartbeat", "500"),
        ("hold", "false"),
        ("transport", "tcp"),
        ("security", "noise"),
    ]
    .iter()
    .map(|(name, value)| (name.to_string(), value.to_string()))
    .collect();
    let words: Vec<String> = std::env::args().skip(1).collect();
    for pair in words.chunks(2) {
        found.insert(pair[0].trim_start_matches('-').to_string(), pair[1].clone());
    }
    found
}

fn swarm(options: &HashMap<String, String>) -> Result<Swarm<Behaviour>, Failure> {
    let key = libp2p::identity::Keypair::generate_ed25519();
    let (mode, author) = match options["policy"].as_str() {
        "strict-sign" => (ValidationMode::Strict, MessageAuthenticity::Signed(key.clone())),
        "strict-no-sign" => (ValidationMode::Anonymous, MessageAuthenticity::Anonymous),
        "lax-sign" => (ValidationMode::Permissive, MessageAuthenticity::Signed(key.clone())),
        "lax-no-sign" => (ValidationMode::Permissive, MessageAuthenticity::Anonymous),
        other => return Err(format!("unknown policy {other}").into()),
    };
    let target: usize = options["d"].parse()?;
    let mut config = ConfigBuilder::default();
    config
        .heartbeat_interval(Duration::from_millis(options["heartbeat"].parse()?))
        .heartbeat_initial_delay(Duration::from_millis(50))
        .prune_backoff(Duration::from_secs(10))
        .unsubscribe_backoff(5)
        .validation_mode(mode)
        .flood_publish(options["flood"] == "true")
        .message_id_fn(|message| MessageId::from(Sha256::digest(&message.data).to_vec()));
    if target != 6 {
        config.mesh_n(target).mesh_n_low(target).mesh_n_high(target).mesh_outbound_min(0).retain_scores(target);
    }
    if options["px"] == "true" {
        config.do_px();
    }
    if options["hold"] == "true" {
        config.validate_messages();
    }
    match options["protocol"].as_str() {
        "1.0" => {
            config.protocol_id("/meshsub/1.0.0", Version::V1_0);
        }
        "1.1" => {
            config.protocol_id("/meshsub/1.1.0", Version::V1_1);
        }
        "1.2" | "1.3" => {} // it offers 1.2, 1.1 and 1.0
        "floodsub" => {
            config.support_floodsub();
        }
        other => return Err(format!("unknown protocol {other}").into()),
    }
    let mut gossip = gossipsub::Behaviour::new(author, config.build()?)?;
    gossip.with_peer_score(
        PeerScoreParams {
            ip_colocation_factor_weight: 0.0,
            behaviour_penalty_threshold: 6.0,
            behaviour_penalty_decay: 0.9,
            ..Default::default()
        },
        PeerScoreThresholds {
            gossip_threshold: -10.0,
            publish_threshold: -20.0,
            graylist_threshold: -40.0,
            accept_px_threshold: 0.0,
            opportunistic_graft_threshold: 1.0,
        },
    )?;
    let identify = identify::Behaviour::new(
        identify::Config::new("/ipfs/0.1.0".into(), key.public()).with_agent_version("rust-libp2p".into()),
    );
    let mut swarm = libp2p::SwarmBuilder::with_existing_identity(key)
        .with_tokio()
        .with_other_transport(|key| transfer::transport(key, &options["transport"], &options["security"]))?
        .with_behaviour(|_| Behaviour {
            gossip,
            identify,
            ping: ping::Behaviour::new(ping::Config::new().with_interval(Duration::from_millis(250))),
            streams: libp2p_stream::Behaviour::new(),
        })?
        .with_swarm_config(|c| c.with_idle_connection_timeout(Duration::from_secs(600)))
        .build();
    swarm.listen_on(options["listen"].parse()?)?;
    Ok(swarm)
}

impl Node {
    fn count(&mut self, name: &'static str) {
        *self.stats.entry(name).or_default() += 1;
    }

    fn received(&mut self, data: &[u8]) {
        let text = String::from_utf8_lossy(data);
        self.names.push(text.split(' ').next().unwrap_or_default().to_string());
    }

    /// Runs a command; `None` if its answer comes later.
    fn command(&mut self, name: &str, args: &[&str]) -> Result<Option<Value>, Failure> {
        let arg = |i: usize| args.get(i).copied().unwrap_or_default();
        let gossip = &mut self.swarm.behaviour_mut().gossip;
        Ok(Some(match name {
            "dial" => {
                let address: Multiaddr = arg(0).parse()?;
                let peer = address.iter().find_map(|part| match part {
                    Protocol::P2p(id) => Some(id),
                    _ => None,
                });
                self.dialling = peer;
                self.swarm.dial(address)?;
                return Ok(None);
            }
            "hangup" => {
                let _ = self.swarm.disconnect_peer_id(arg(0).parse()?);
                json!({})
            }
            "join" => {
                gossip.subscribe(&IdentTopic::new(arg(0)))?;
                json!({})
            }
            "leave" => {
                gossip.unsubscribe(&IdentTopic::new(arg(0)));
                json!({})
            }
            "hold" => {
                self.holding = true;
                json!({})
            }
            "held" => json!({ "count": self.held.len() }),
            "release" => {
                self.holding = false;
                for (id, peer) in self.held.drain(..) {
                    gossip.report_message_validation_result(&id, &peer, MessageAcceptance::Accept);
                }
                json!({})
            }
            "publish" => {
                let (count, size): (usize, usize) = (arg(1).parse()?, arg(2).parse()?);
                for i in 0..count {
                    let text = format!("{}#{} ", arg(3), i);
                    let data = format!("{text:.<size$}");
                    gossip.publish(IdentTopic::new(arg(0)), data.into_bytes())?;
                }
                json!({ "published": count })
            }
            "received" => {
                let distinct: std::collections::HashSet<_> = self.names.iter().collect();
                json!({ "names": self.names, "distinct": distinct.len() })
            }
            "mesh" => {
                let topic: TopicHash = IdentTopic::new(arg(0)).hash();
                json!({ "peers": texts(gossip.mesh_peers(&topic)) })
            }
            "subscribers" => {
                let topic: TopicHash = IdentTopic::new(arg(0)).hash();
                json!({ "peers": texts(gossip.all_peers().filter(|(_, t)| t.contains(&&topic)).map(|(p, _)| p)) })
            }
            "peers" => json!({ "peers": texts(self.swarm.connected_peers()) }),
            "scores" => {
                let ids: Vec<PeerId> = self.swarm.connected_peers().copied().collect();
                let gossip = &self.swarm.behaviour().gossip;
                let scores: HashMap<String, f64> = ids
                    .iter()
                    .map(|id| (id.to_string(), gossip.peer_score(id).unwrap_or_default()))
                    .collect();
                json!({ "scores": scores })
            }
            "stats" => json!({ "stats": self.stats }),
            "identify" => {
                let known = self.identified.get(&arg(0).parse()?);
                known.cloned().ok_or("not identified")?
            }
            "ping" => {
                let (peer, rounds): (PeerId, u64) = (arg(0).parse()?, arg(1).parse()?);
                let pings = self.pings.clone();
                later("ping", async move {
                    for _ in 0..200 {
                        if pings.lock().map_err(|e| e.to_string())?.get(&peer).is_some_and(|n| *n >= rounds) {
                            return Ok(json!({ "rounds": rounds }));
                        }
                        tokio::time::sleep(Duration::from_millis(50)).await;
                    }
                    Err("no pong".into())
                });
                return Ok(None);
            }
            "transfer" => {
                let (peer, count) = (arg(0).parse()?, arg(1).parse()?);
                later("transfer", transfer::transfer(self.swarm.behaviour().streams.new_control(), peer, count));
                return Ok(None);
            }
            "reset" => {
                let peer = arg(0).parse()?;
                later("reset", transfer::reset(self.swarm.behaviour().streams.new_control(), peer));
                return Ok(None);
            }
            "abort" => {
                let peer = arg(0).parse()?;
                later("abort", transfer::abort(self.swarm.behaviour().streams.new_control(), peer));
                return Ok(None);
            }
            "aborted" => json!({ "count": self.aborted.load(Ordering::Relaxed) }),
            "quit" => json!({}),
            other => return Err(format!("unknown command {other}").into()),
        }))
    }
}

fn texts<'a>(ids: impl Iterator<Item = &'a PeerId>) -> Vec<String> {
    ids.map(|id| id.to_string()).collect()
}

/// Answers when the work is done.
fn later(name: &'static str, work: impl std::future::Future<Output = Result<Value, Failure>> + Send + 'static) {
    tokio::spawn(async move { answer(name, work.await) });
}

fn answer(name: &str, result: Result<Value, Failure>) {
    let mut value = result.unwrap_or_else(|problem| json!({ "error": problem.to_string() }));
    value["answer"] = json!(name);
    say(&value);
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let options = options();
    let mut node = Node {
        swarm: swarm(&options)?,
        names: Vec::new(),
        stats: HashMap::new(),
        dialling: None,
        validates: options["hold"] == "true",
        holding: false,
        held: Vec::new(),
        identified: HashMap::new(),
        pings: Arc::default(),
        aborted: Arc::default(),
    };
    transfer::serve(&mut node.swarm.behaviour().streams.new_control(), &node.aborted)?;
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    loop {
        tokio::select! {
            line = lines.next_line(), if node.dialling.is_none() => {
                let Some(line) = line? else { return Ok(()) };
                let mut words: Vec<&str> = line.split_whitespace().collect();
                if words.first().is_some_and(|word| word.starts_with('@')) {
                    words.remove(0); // which node of a program with several: there is one
                }
                if words.is_empty() { continue }
                match node.command(words[0], &words[1..]) {
                    Ok(None) => {}
                    Ok(Some(value)) => answer(words[0], Ok(value)),
                    Err(problem) => { node.dialling = None; answer(words[0], Err(problem)) }
                }
                if words[0] == "quit" { return Ok(()) }
            }
            event = node.swarm.select_next_some() => match event {
                SwarmEvent::NewListenAddr { address, .. } => {
                    let id = *node.swarm.local_peer_id();
                    say(&json!({
                        "event": "ready",
                        "id": id.to_string(),
                        "addr": format!("{address}/p2p/{id}"),
                        "version": concat!("rust-libp2p ", env!("LIBP2P_VERSION"), ", gossipsub ", env!("GOSSIPSUB_VERSION")),
                    }));
                }
                SwarmEvent::ConnectionEstablished { peer_id, .. } => {
                    node.count("connections");
                    if node.dialling == Some(peer_id) {
                        node.dialling = None;
                        answer("dial", Ok(json!({ "peer": peer_id.to_string() })));
                    }
                }
                SwarmEvent::OutgoingConnectionError { peer_id, error, .. } => {
                    if peer_id.is_some() && node.dialling == peer_id {
                        node.dialling = None;
                        answer("dial", Err(error.to_string().into()));
                    }
                }
                SwarmEvent::Behaviour(BehaviourEvent::Gossip(gossipsub::Event::Message {
                    propagation_source, message_id, message,
                })) => {
                    node.received(&message.data);
                    if node.holding {
                        node.held.push((message_id, propagation_source));
                    } else if node.validates {
                        node.swarm.behaviour_mut().gossip.report_message_validation_result(
                            &message_id, &propagation_source, MessageAcceptance::Accept);
                    }
                }
                SwarmEvent::Behaviour(BehaviourEvent::Identify(identify::Event::Received { peer_id, info, .. })) => {
                    let protocols: Vec<String> = info.protocols.iter().map(|one| one.to_string()).collect();
                    node.identified.insert(peer_id, json!({ "agent": info.agent_version, "protocols": protocols }));
                }
                SwarmEvent::Behaviour(BehaviourEvent::Ping(ping::Event { peer, result: Ok(_), .. })) => {
                    if let Ok(mut pings) = node.pings.lock() {
                        *pings.entry(peer).or_default() += 1;
                    }
                }
                _ => {}
            }
        }
    }
}
