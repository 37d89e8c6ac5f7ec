package org.pollen.libp2p.peers;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.dns.DefaultDnsPtrRecord;
import io.netty.handler.codec.dns.DefaultDnsQuestion;
import io.netty.handler.codec.dns.DefaultDnsRawRecord;
import io.netty.handler.codec.dns.DnsQuestion;
import io.netty.handler.codec.dns.DnsRawRecord;
import io.netty.handler.codec.dns.DnsRecord;
import io.netty.handler.codec.dns.DnsRecordDecoder;
import io.netty.handler.codec.dns.DnsRecordEncoder;
import io.netty.handler.codec.dns.DnsRecordType;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.pollen.peer.MalformedException;
import org.pollen.peer.Multiaddr;

/// The packets of libp2p's mDNS: a PTR question for `_p2p._udp.local`, and the answer, a PTR with a
/// TXT of `dnsaddr=` strings. Names and records are read and written by Netty's DNS codec. Source:
/// libp2p mDNS specification; host.md 16.
final class MdnsPackets {
    static final String SERVICE = "_p2p._udp.local.";

    /// Longest packet that is read (L44).
    static final int BYTES_MAX = 9000;

    /// Most addresses of a packet (L44).
    static final int ADDRESSES_MAX = 32;

    private static final int RECORDS_MAX = 64;
    private static final int TTL_SECONDS = 360;
    private static final int STRING_MAX = 255;
    private static final int PACKET_GOAL = 1400;
    private static final String PREFIX = "dnsaddr=";

    /// What a packet says.
    ///
    /// @param asks whether it is a question for our service
    /// @param addresses as told, with peer ids
    /// @param dropped strings that were no address, or too many
    record Packet(boolean asks, List<Multiaddr> addresses, int dropped) {
        Packet {
            addresses = List.copyOf(addresses);
        }
    }

    private MdnsPackets() {}

    static byte[] query() {
        ByteBuf out = header(0, 1, 0, 0);
        try {
            DnsRecordEncoder.DEFAULT.encodeQuestion(
                    new DefaultDnsQuestion(SERVICE, DnsRecordType.PTR), out);
            return ByteBufUtil.getBytes(out);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /// @param name ours for this run
    /// @param addresses with the peer id; what does not fit one packet is left out
    static byte[] answer(String name, List<Multiaddr> addresses) {
        ByteBuf texts = Unpooled.buffer();
        int told = 0;
        for (Multiaddr address : addresses) {
            byte[] text = (PREFIX + address).getBytes(StandardCharsets.UTF_8);
            if (text.length > STRING_MAX
                    || told == ADDRESSES_MAX
                    || texts.readableBytes() + text.length > PACKET_GOAL) {
                continue;
            }
            texts.writeByte(text.length).writeBytes(text);
            told++;
        }
        ByteBuf out = header(0x8400, 0, 1, 1);
        String own = name + "." + SERVICE;
        try {
            DnsRecordEncoder.DEFAULT.encodeRecord(
                    new DefaultDnsPtrRecord(SERVICE, DnsRecord.CLASS_IN, TTL_SECONDS, own), out);
            DnsRecordEncoder.DEFAULT.encodeRecord(
                    new DefaultDnsRawRecord(own, DnsRecordType.TXT, TTL_SECONDS, texts), out);
            return ByteBufUtil.getBytes(out);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static ByteBuf header(int flags, int questions, int answers, int additional) {
        return Unpooled.buffer()
                .writeShort(0)
                .writeShort(flags)
                .writeShort(questions)
                .writeShort(answers)
                .writeShort(0)
                .writeShort(additional);
    }

    /// Reads a packet of anybody on the link.
    ///
    /// @throws MalformedException if it is too long or not DNS
    static Packet read(ByteBuf in) throws MalformedException {
        if (in.readableBytes() > BYTES_MAX) throw new MalformedException("mdns: over 9000 bytes");
        if (in.readableBytes() < 12) throw new MalformedException("mdns: no header");
        int start = in.readerIndex();
        boolean answer = (in.getUnsignedShort(start + 2) & 0x8000) != 0;
        int questions = in.getUnsignedShort(start + 4);
        int records = 0;
        for (int i = 6; i < 12; i += 2) {
            records += in.getUnsignedShort(start + i);
        }
        // Compressed names point into the packet, so it has to begin at index 0.
        ByteBuf packet = in.slice().skipBytes(12);
        if (questions > RECORDS_MAX || records > RECORDS_MAX) {
            throw new MalformedException("mdns: over 64 records");
        }
        var addresses = new ArrayList<Multiaddr>();
        int dropped = 0;
        boolean asks = false;
        try {
            for (int i = 0; i < questions; i++) {
                DnsQuestion question = DnsRecordDecoder.DEFAULT.decodeQuestion(packet);
                asks |= !answer && asksForUs(question);
            }
            for (int i = 0; i < records && answer; i++) {
                DnsRecord record = DnsRecordDecoder.DEFAULT.decodeRecord(packet);
                if (record == null) throw new MalformedException("mdns: cut");
                try {
                    if (record instanceof DnsRawRecord raw
                            && record.type().equals(DnsRecordType.TXT)
                            && name(record.name()).endsWith("." + SERVICE)) {
                        dropped += texts(raw.content().duplicate(), addresses);
                    }
                } finally {
                    ReferenceCountUtil.release(record);
                }
            }
        } catch (MalformedException e) {
            throw e;
        } catch (Exception e) { // what the codec throws for bytes that are no DNS
            throw new MalformedException("mdns: " + e.getClass().getSimpleName());
        }
        return new Packet(asks, addresses, dropped);
    }

    private static boolean asksForUs(DnsQuestion question) {
        DnsRecordType type = question.type();
        return (type.equals(DnsRecordType.PTR) || type.equals(DnsRecordType.ANY))
                && name(question.name()).equals(SERVICE);
    }

    private static String name(String name) {
        return name.toLowerCase(Locale.ROOT);
    }

    private static int texts(ByteBuf in, List<Multiaddr> addresses) {
        int dropped = 0;
        while (in.isReadable()) {
            int length = in.readUnsignedByte();
            if (length > in.readableBytes()) return dropped + 1;
            String text = in.readCharSequence(length, StandardCharsets.UTF_8).toString();
            if (!text.startsWith(PREFIX)) continue;
            try {
                Multiaddr address = Multiaddr.parse(text.substring(PREFIX.length()));
                if (address.peerId().isPresent() && addresses.size() < ADDRESSES_MAX) {
                    addresses.add(address);
                } else {
                    dropped++;
                }
            } catch (IllegalArgumentException _) {
                dropped++;
            }
        }
        return dropped;
    }
}
