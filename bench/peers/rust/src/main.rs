//! The router of set-up R(k) by rust-libp2p gossipsub: prints its address and relays one topic until it is killed.

use std::io::Write;
use std::time::Duration;

use futures::StreamExt;
use libp2p::gossipsub::{
    self, ConfigBuilder, IdentTopic, MessageAuthenticity, MessageId, PeerScoreParams,
    PeerScoreThresholds, TopicScoreParams, ValidationMode,
};
use libp2p::swarm::{NetworkBehaviour, SwarmEvent};
use libp2p::{identify, noise, tcp, yamux};
use sha2::{Digest, Sha256};

#[derive(NetworkBehaviour)]
struct Behaviour {
    gossip: gossipsub::Behaviour,
    identify: identify::Behaviour,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let signed = std::env::args().any(|word| word == "-signed");
    let key = libp2p::identity::Keypair::generate_ed25519();
    let (mode, author) = if signed {
        (ValidationMode::Strict, MessageAuthenticity::Signed(key.clone()))
    } else {
        (ValidationMode::Anonymous, MessageAuthenticity::Anonymous)
    };
    let config = ConfigBuilder::default()
        .mesh_n(8)
        .mesh_n_low(6)
        .mesh_n_high(12)
        .mesh_outbound_min(2)
        .retain_scores(6)
        .gossip_lazy(8)
        .heartbeat_interval(Duration::from_secs(1))
        .flood_publish(false)
        .idontwant_message_size_threshold(1 << 20)
        .connection_handler_queue_len(100_000)
        .max_transmit_size(1 << 20)
        .validation_mode(mode)
        .message_id_fn(|message| MessageId::from(Sha256::digest(&message.data)[..20].to_vec()))
        .build()?;
    let mut gossip = gossipsub::Behaviour::new(author, config)?;
    let topic = IdentTopic::new("bench");
    let mut scores = PeerScoreParams {
        ip_colocation_factor_weight: 0.0,
        ..Default::default()
    };
    scores.topics.insert(
        topic.hash(),
        TopicScoreParams {
            topic_weight: 1.0,
            mesh_message_deliveries_weight: 0.0,
            mesh_failure_penalty_weight: 0.0,
            ..Default::default()
        },
    );
    gossip.with_peer_score(scores, PeerScoreThresholds::default())?;
    gossip.subscribe(&topic)?;
    let identify = identify::Behaviour::new(identify::Config::new("/ipfs/0.1.0".into(), key.public()));
    let mut swarm = libp2p::SwarmBuilder::with_existing_identity(key)
        .with_tokio()
        .with_tcp(tcp::Config::default().nodelay(true), noise::Config::new, yamux::Config::default)?
        .with_behaviour(|_| Behaviour { gossip, identify })?
        .with_swarm_config(|c| c.with_idle_connection_timeout(Duration::from_secs(600)))
        .build();
    swarm.listen_on("/ip4/127.0.0.1/tcp/0".parse()?)?;
    loop {
        if let SwarmEvent::NewListenAddr { address, .. } = swarm.select_next_some().await {
            println!("ADDR {address}/p2p/{}", swarm.local_peer_id());
            std::io::stdout().flush()?;
        }
    }
}
