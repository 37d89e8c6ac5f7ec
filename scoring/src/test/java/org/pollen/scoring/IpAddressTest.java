package org.pollen.scoring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IpAddressTest {

    @ParameterizedTest
    @CsvSource({
        "1.2.3.4, 1.2.3.4",
        "255.255.255.255, 255.255.255.255",
        "::ffff:1.2.3.4, 1.2.3.4",
        "::, ::",
        "::1, ::1",
        "2001:DB8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
        "2001:db8:0:0:0:0:0:0, 2001:db8::",
        "1:2:3:4:5:6:7:8, 1:2:3:4:5:6:7:8",
        "1:0:3:4:5:6:7:8, 1:0:3:4:5:6:7:8",
        "64:ff9b::1.2.3.4, 64:ff9b::102:304"
    })
    void readsAndWrites(String text, String canonical) {
        assertThat(IpAddress.parse(text)).hasToString(canonical);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "1.2.3",
                "1.2.3.4.5",
                "1.2.3.256",
                "1.2.3.",
                "1.2.3.-1",
                "1.2.3.+1",
                "1.2.3.x",
                "1:2:3:4:5:6:7",
                "1:2:3:4:5:6:7:8:9",
                "1::2::3",
                "::12345",
                ":1:2:3:4:5:6:7",
                "g::",
                "1:2:3:4:5:6:7:8::",
                "::1.2.3",
                "1234.0.0.1"
            })
    void refuses(String text) {
        assertThatThrownBy(() -> IpAddress.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("ip address is " + text + ": it must be one");
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1, true",
        "127.255.1.2, true",
        "128.0.0.1, false",
        "::1, true",
        "::2, false",
        "1::1, false"
    })
    void loopback(String text, boolean loopback) {
        assertThat(IpAddress.parse(text).isLoopback()).isEqualTo(loopback);
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/8, 10.255.0.1, true",
        "10.0.0.0/8, 11.0.0.1, false",
        "10.1.2.3/32, 10.1.2.3, true",
        "10.1.2.3, 10.1.2.3, true",
        "10.1.2.3, 10.1.2.4, false",
        "0.0.0.0/0, 8.8.8.8, true",
        "0.0.0.0/0, 2001::1, false",
        "::/0, 2001::1, true",
        "::/0, 8.8.8.8, false",
        "::ffff:10.0.0.0/104, 10.9.9.9, true",
        "2001:db8::/32, 2001:db8:ffff::1, true",
        "2001:db8::/32, 2001:db9::1, false",
        "2001:db8::/65, 2001:db8::7fff:0:0:0, true",
        "2001:db8::/65, 2001:db8::8000:0:0:0, false",
        "2001:db8::7, 2001:db8::7, true"
    })
    void blocks(String block, String address, boolean contains) {
        assertThat(IpBlock.parse(block).contains(IpAddress.parse(address))).isEqualTo(contains);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "10.0.0.0/33",
                "10.0.0.0/-1",
                "10.0.0.0/",
                "10.0.0.0/x",
                "x/8",
                "::/129",
                "::ffff:1.2.3.4/95"
            })
    void refusesBlocks(String text) {
        assertThatThrownBy(() -> IpBlock.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "ip block is "
                                + text
                                + ": it must be an address, a slash and a prefix length");
    }

    @Test
    void blocksHaveNoHostBits() {
        assertThat(IpBlock.parse("10.1.2.3/8")).hasToString("10.0.0.0/8");
        assertThat(IpBlock.parse("2001:db8::1/64")).isEqualTo(IpBlock.parse("2001:db8::/64"));
    }
}
