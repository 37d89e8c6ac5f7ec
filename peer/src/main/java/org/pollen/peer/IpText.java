package org.pollen.peer;

/// The text of IP addresses, without the look-ups that the JDK's parser may do.
final class IpText {
    private IpText() {}

    static byte[] ip4(String text) {
        String[] parts = text.split("\\.", -1);
        if (parts.length != 4) throw none(text);
        byte[] ip = new byte[4];
        for (int i = 0; i < 4; i++) {
            if (!parts[i].matches("0|[1-9][0-9]{0,2}")) throw none(text);
            int value = Integer.parseInt(parts[i]);
            if (value > 255) throw none(text);
            ip[i] = (byte) value;
        }
        return ip;
    }

    static String ip4(byte[] ip) {
        return ip4(ip, 0);
    }

    private static String ip4(byte[] ip, int at) {
        return (ip[at] & 0xff)
                + "."
                + (ip[at + 1] & 0xff)
                + "."
                + (ip[at + 2] & 0xff)
                + "."
                + (ip[at + 3] & 0xff);
    }

    static byte[] ip6(String text) {
        String head = text;
        String tail = "";
        int gap = text.indexOf("::");
        if (gap >= 0) {
            head = text.substring(0, gap);
            tail = text.substring(gap + 2);
            if (tail.contains("::")) throw none(text);
        }
        int[] first = groups(head, text);
        int[] last = groups(tail, text);
        int known = first.length + last.length;
        if (gap < 0 ? known != 8 : known > 7) throw none(text);
        byte[] ip = new byte[16];
        for (int i = 0; i < first.length; i++) put(ip, i, first[i]);
        for (int i = 0; i < last.length; i++) put(ip, 8 - last.length + i, last[i]);
        return ip;
    }

    /// The form of RFC 5952: lower case, no leading zeros, the first longest run of zeros as `::`,
    /// mapped IPv4 addresses with dots.
    static String ip6(byte[] ip) {
        if (IpRange.isMapped(ip)) return "::ffff:" + ip4(ip, 12);
        int best = -1;
        int bestLength = 1;
        for (int i = 0; i < 8; i++) {
            int run = 0;
            while (i + run < 8 && group(ip, i + run) == 0) run++;
            if (run > bestLength) {
                best = i;
                bestLength = run;
            }
            if (run > 0) i += run - 1;
        }
        var text = new StringBuilder();
        for (int i = 0; i < 8; i++) {
            if (i == best) {
                text.append("::");
                i += bestLength - 1;
                continue;
            }
            if (!text.isEmpty() && text.charAt(text.length() - 1) != ':') text.append(':');
            text.append(Integer.toHexString(group(ip, i)));
        }
        return text.toString();
    }

    private static int[] groups(String part, String text) {
        if (part.isEmpty()) return new int[0];
        String[] names = part.split(":", -1);
        boolean dotted = names[names.length - 1].indexOf('.') >= 0;
        int[] groups = new int[names.length + (dotted ? 1 : 0)];
        for (int i = 0; i < names.length; i++) {
            if (dotted && i == names.length - 1) {
                byte[] ip = ip4(names[i]);
                groups[i] = ((ip[0] & 0xff) << 8) | (ip[1] & 0xff);
                groups[i + 1] = ((ip[2] & 0xff) << 8) | (ip[3] & 0xff);
            } else {
                if (!names[i].matches("[0-9a-fA-F]{1,4}")) throw none(text);
                groups[i] = Integer.parseInt(names[i], 16);
            }
        }
        return groups;
    }

    private static void put(byte[] ip, int index, int group) {
        ip[2 * index] = (byte) (group >>> 8);
        ip[2 * index + 1] = (byte) group;
    }

    private static int group(byte[] ip, int index) {
        return ((ip[2 * index] & 0xff) << 8) | (ip[2 * index + 1] & 0xff);
    }

    private static IllegalArgumentException none(String text) {
        return new IllegalArgumentException("\"" + text + "\" is not an IP address");
    }
}
