package org.pollen.node.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigInteger;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pollen.mempool.Address;
import org.pollen.mempool.Keccak256;
import org.pollen.mempool.RlpWriter;
import org.pollen.mempool.Transaction;
import org.pollen.node.chain.GasBurner;

class EthApiTest {
    private static final BigInteger GWEI = ApiHarness.GWEI;

    private final ApiHarness api = new ApiHarness();

    @ParameterizedTest(name = "operations.md 7: {0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    eth_chainId        | "0x7a69"
                    net_version        | "31337"
                    net_listening      | true
                    net_peerCount      | "0xb"
                    web3_clientVersion | "pollen/test"
                    eth_blockNumber    | "0x0"
                    eth_syncing        | false
                    eth_accounts       | []
                    """)
    void constantsAreAnsweredInTheirForm(String method, String expected) {
        assertThat(api.call(method)).hasToString(expected);
    }

    @Test
    void keccakIsThatOfEthereum() {
        assertThat(api.call("web3_sha3", "0x").textValue())
                .isEqualTo("0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
    }

    @Test
    void modulesAreTheNamespacesServed() {
        assertThat(api.call("rpc_modules"))
                .hasToString(
                        "{\"anvil\":\"1.0\",\"eth\":\"1.0\",\"evm\":\"1.0\",\"net\":\"1.0\","
                                + "\"rpc\":\"1.0\",\"txpool\":\"1.0\",\"web3\":\"1.0\"}");
    }

    @Test
    @DisplayName("mempool.md 10.4: pending is the pool's nonce, latest the chain's")
    void countsAreThoseOfThePoolAndOfTheChain() {
        api.node.add(api.transfer(2, 0, 0).sign());
        api.node.add(api.transfer(2, 0, 1).sign());
        api.node.add(api.transfer(2, 0, 5).sign());

        assertThat(count("pending")).isEqualTo("0x2");
        assertThat(count("latest")).isEqualTo("0x0");
        api.call("evm_mine");
        assertThat(count("latest")).isEqualTo("0x2");
        assertThat(count("pending")).isEqualTo("0x2");
        assertThat(count("0x0")).isEqualTo("0x0");
        assertThat(count("0x1")).isEqualTo("0x2");
        assertThat(api.call("eth_getTransactionCount", api.address(8), "pending").textValue())
                .isEqualTo("0x0");
    }

    @Test
    void balancesAreThoseAfterTheBlock() {
        api.node.add(api.transfer(0, 0, 0).value(BigInteger.TEN).sign());
        api.call("evm_mine");

        assertThat(balance(9, "latest")).isEqualTo("0x21e19e0c9bab240000a");
        assertThat(balance(9, "0x0")).isEqualTo("0x21e19e0c9bab2400000");
        assertThat(balance(9, Map.of("blockNumber", "0x0"))).isEqualTo("0x21e19e0c9bab2400000");
        assertThat(api.error("eth_getBalance", api.address(9), "0x5"))
                .isEqualTo("-32000 header not found");
        assertThat(api.error("eth_getBalance", api.address(9), "newest"))
                .startsWith("-32602 invalid argument 1: ");
    }

    @ParameterizedTest(name = "type {0}")
    @CsvSource({"0", "1", "2", "4"})
    void aRawTransactionIsPooledShownMinedAndShownAgain(int type) {
        Transaction tx = draft(type);

        String hash = send(tx).textValue();

        assertThat(hash).isEqualTo(tx.hash().toString());
        JsonNode waiting = api.call("eth_getTransactionByHash", hash);
        assertThat(waiting.get("blockHash").isNull()).isTrue();
        assertThat(waiting.get("from").textValue()).isEqualTo(api.address(0));
        assertThat(api.call("eth_getTransactionReceipt", hash).isNull()).isTrue();
        api.call("evm_mine");
        JsonNode mined = api.call("eth_getTransactionByHash", hash);
        assertThat(mined.get("blockNumber").textValue()).isEqualTo("0x1");
        assertThat(mined.get("transactionIndex").textValue()).isEqualTo("0x0");
        JsonNode receipt = api.call("eth_getTransactionReceipt", hash);
        assertThat(receipt.get("status").textValue()).isEqualTo("0x1");
        assertThat(receipt.get("type").textValue()).isEqualTo("0x" + type);
        assertThat(receipt.get("logs")).isEmpty();
        assertThat(receipt.get("effectiveGasPrice")).isEqualTo(mined.get("gasPrice"));
        assertThat(api.call("eth_getRawTransactionByHash", hash).textValue())
                .isEqualTo(hex(tx.raw()));
    }

    @ParameterizedTest(name = "mempool.md 10.5: type {0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    0 | blockHash,blockNumber,blockTimestamp,from,gas,gasPrice,hash,input,nonce,to,transactionIndex,value,type,chainId,v,r,s
                    1 | blockHash,blockNumber,blockTimestamp,from,gas,gasPrice,hash,input,nonce,to,transactionIndex,value,type,accessList,chainId,v,r,s,yParity
                    2 | blockHash,blockNumber,blockTimestamp,from,gas,gasPrice,maxFeePerGas,maxPriorityFeePerGas,hash,input,nonce,to,transactionIndex,value,type,accessList,chainId,v,r,s,yParity
                    4 | blockHash,blockNumber,blockTimestamp,from,gas,gasPrice,maxFeePerGas,maxPriorityFeePerGas,hash,input,nonce,to,transactionIndex,value,type,accessList,chainId,authorizationList,v,r,s,yParity
                    """)
    void pendingTransactionsHaveTheFieldsOfTheirType(int type, String fields) {
        String hash = send(draft(type)).textValue();

        JsonNode tx = api.call("eth_getTransactionByHash", hash);

        assertThat(tx.fieldNames()).toIterable().containsExactly(fields.split(","));
        assertThat(tx.get("gasPrice").textValue()).isEqualTo("0x12a05f200"); // the fee cap
    }

    @Test
    void anUnprotectedTransactionHasNoChainId() {
        var open =
                new ApiHarness(
                        new EthApi.Limits(BigInteger.ZERO, true, EthApi.ErrorStyle.GETH, false));
        Transaction tx = open.transfer(0, 0, 0).unprotected().sign();

        open.call("eth_sendRawTransaction", hex(tx.raw()));

        JsonNode shown = open.call("eth_getTransactionByHash", tx.hash().toString());
        assertThat(shown.has("chainId")).isFalse();
    }

    @Test
    @DisplayName("operations.md 7: error texts, byte for byte")
    void errorsHaveTheTextsClientsKnow() {
        send(api.transfer(2, 0, 0).sign());
        api.call("evm_mine");
        send(api.transfer(2, 0, 1).sign());

        assertThat(refusal(api.transfer(2, 0, 0).sign()))
                .isEqualTo("-32000 nonce too low: next nonce 1, tx nonce 0");
        assertThat(refusal(api.transfer(2, 0, 1).sign())).isEqualTo("-32000 already known");
        assertThat(refusal(api.transfer(2, 0, 1).fees(ApiHarness.gwei(5).add(GWEI), GWEI).sign()))
                .isEqualTo("-32000 replacement transaction underpriced");
        assertThat(refusal(api.transfer(2, 1, 0).value(BigInteger.TEN.pow(30)).sign()))
                .startsWith("-32000 insufficient funds for gas * price + value: balance ");
        assertThat(refusal(api.transfer(2, 1, 0).gas(20_999).sign()))
                .isEqualTo("-32000 intrinsic gas too low: gas 20999, minimum needed 21000");
        assertThat(refusal(api.transfer(0, 1, 0).unprotected().sign()))
                .isEqualTo("-32000 only replay-protected (EIP-155) transactions allowed over RPC");
        assertThat(refusal(api.transfer(2, 1, 0).gas(30_000_001).sign()))
                .startsWith("-32000 exceeds block gas limit");
    }

    @Test
    @DisplayName("mempool.md 10.2: the order of the checks before the pool")
    void theFeeCapComesBeforeTheProtection() {
        Transaction dear =
                api.transfer(0, 1, 0)
                        .gasPrice(ApiHarness.gwei(1230))
                        .gas(1_000_000)
                        .unprotected()
                        .sign();

        assertThat(refusal(dear))
                .isEqualTo("-32000 tx fee (1.23 ether) exceeds the configured cap (1.00 ether)");
        assertThat(api.error("eth_sendRawTransaction", "0x02"))
                .isEqualTo("-32000 typed transaction too short");
        assertThat(api.error("eth_sendRawTransaction", "0x05c0"))
                .startsWith("-32000 transaction type not supported");
        assertThat(api.error("eth_sendRawTransaction", "0xf800")).startsWith("-32000 rlp: ");
        assertThat(api.error("eth_sendRawTransaction", "0xf8zz"))
                .isEqualTo("-32602 invalid argument 0: invalid hex string");
        assertThat(api.error("eth_sendRawTransaction"))
                .isEqualTo("-32602 missing value for required argument 0");
    }

    @Test
    @DisplayName("mempool.md 10.2: a temporary error is swallowed when it is tried again")
    void aTemporaryErrorIsToldOnlyIfNobodyTriesAgain() {
        var delegate = api.node.account(5).signer();
        send(
                api.transfer(4, 0, 0)
                        .gas(100_000)
                        .authorizations(
                                List.of(
                                        delegate.authorize(
                                                ApiHarness.CHAIN,
                                                Address.parse(api.address(6)),
                                                0)))
                        .sign());
        Transaction gapped = api.transfer(2, 5, 3).sign();

        assertThat(refusal(gapped)).isEqualTo("-32000 gapped-nonce tx from delegated accounts");
        api.node.retries = true;
        assertThat(send(gapped).textValue()).isEqualTo(gapped.hash().toString());
    }

    @Test
    void aQueuedTransactionIsASuccessToo() {
        Transaction ahead = api.transfer(2, 0, 4).sign();

        assertThat(send(ahead).textValue()).isEqualTo(ahead.hash().toString());
    }

    @Test
    void blocksAreFoundByNumberTagAndHash() {
        send(api.transfer(2, 0, 0).sign());
        api.call("evm_mine");
        api.call("evm_mine");

        JsonNode block = api.call("eth_getBlockByNumber", "0x1", false);
        JsonNode full = api.call("eth_getBlockByHash", block.get("hash").textValue(), true);

        assertThat(block.get("transactions").get(0).isTextual()).isTrue();
        assertThat(full.get("transactions").get(0).get("blockHash")).isEqualTo(full.get("hash"));
        assertThat(full.get("parentHash"))
                .isEqualTo(api.call("eth_getBlockByNumber", "earliest", false).get("hash"));
        assertThat(api.call("eth_getBlockByNumber", "latest", false).get("number").textValue())
                .isEqualTo("0x2");
        assertThat(api.call("eth_getBlockByNumber", "finalized", false).get("number").textValue())
                .isEqualTo("0x0");
        assertThat(api.call("eth_getBlockByNumber", "0x9", false).isNull()).isTrue();
        assertThat(api.error("eth_getBlockByNumber", "0x01", false))
                .isEqualTo("-32602 invalid argument 0: hex number with leading zero digits");
    }

    @Test
    void aBlocksHashIsThatOfItsHeaderAsPublished() {
        send(api.transfer(2, 0, 0).sign());
        api.call("evm_mine");

        JsonNode block = api.call("eth_getBlockByNumber", "latest", false);

        var header = new RlpWriter();
        for (String field :
                List.of("parentHash", "sha3Uncles", "miner", "stateRoot", "transactionsRoot")) {
            header.bytes(bytes(block, field));
        }
        header.bytes(bytes(block, "receiptsRoot")).bytes(bytes(block, "logsBloom"));
        for (String field : List.of("difficulty", "number", "gasLimit", "gasUsed", "timestamp")) {
            header.number(number(block, field));
        }
        header.bytes(bytes(block, "extraData")).bytes(bytes(block, "mixHash"));
        header.bytes(bytes(block, "nonce")).number(number(block, "baseFeePerGas"));
        header.bytes(bytes(block, "withdrawalsRoot"));
        header.number(number(block, "blobGasUsed")).number(number(block, "excessBlobGas"));
        header.bytes(bytes(block, "parentBeaconBlockRoot")).bytes(bytes(block, "requestsHash"));
        assertThat(block.get("hash").textValue())
                .isEqualTo(hex(Keccak256.hash(header.toEnvelope(0))));
    }

    @Test
    void pricesComeFromTheChainAndBeforeThatFromThePool() {
        assertThat(api.call("eth_maxPriorityFeePerGas").textValue()).isEqualTo("0x3b9aca00");
        for (int i = 0; i < 5; i++) {
            send(api.transfer(2, i, 0).fees(ApiHarness.gwei(9), ApiHarness.gwei(i + 1)).sign());
        }
        api.call("evm_mine");

        BigInteger tip = number(api.call("eth_maxPriorityFeePerGas"));
        BigInteger baseFee = api.node.chain.head().baseFee();

        assertThat(tip).isEqualTo(ApiHarness.gwei(2)); // 60th percentile of the lowest three
        assertThat(number(api.call("eth_gasPrice"))).isEqualTo(tip.add(baseFee));
    }

    @Test
    void theFeeHistoryReachesOneBlockAhead() {
        send(api.transfer(2, 0, 0).fees(ApiHarness.gwei(9), ApiHarness.gwei(2)).sign());
        api.call("evm_mine");
        api.call("evm_mine");

        JsonNode history = api.call("eth_feeHistory", "0x2", "latest", List.of(50, 90));

        assertThat(history.get("oldestBlock").textValue()).isEqualTo("0x1");
        assertThat(history.get("baseFeePerGas")).hasSize(3);
        assertThat(history.get("gasUsedRatio")).hasSize(2);
        assertThat(history.get("gasUsedRatio").get(0).doubleValue()).isEqualTo(0.0007);
        assertThat(history.get("reward").get(0)).hasToString("[\"0x77359400\",\"0x77359400\"]");
        assertThat(history.get("reward").get(1)).hasToString("[\"0x0\",\"0x0\"]");
        assertThat(api.call("eth_feeHistory", 1000, "latest").get("gasUsedRatio")).hasSize(3);
        assertThat(api.error("eth_feeHistory", 1, "latest", List.of(50, 40)))
                .startsWith("-32000 invalid reward percentile");
        assertThat(api.error("eth_feeHistory", 1, "latest", List.of(101)))
                .startsWith("-32000 invalid reward percentile");
    }

    @ParameterizedTest(name = "mempool.md 3.7: {2}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    21000  | 0x        | a plain transfer
                    21040  | 0x01      | one byte: the floor of 10 x 4
                    21010  | 0x00      | a zero byte: the floor of 10
                    """)
    void estimatesAreTheIntrinsicGas(long expected, String data, String what) {
        assertThat(number(estimate(Map.of("to", api.address(1), "data", data))))
                .as(what)
                .isEqualTo(expected);
    }

    @Test
    void estimatesCountListsCreationsAndTheBurner() {
        Map<String, Object> entry =
                Map.of("address", api.address(2), "storageKeys", List.of("0x" + "0".repeat(64)));

        assertThat(number(estimate(Map.of("to", api.address(1), "accessList", List.of(entry)))))
                .isEqualTo(25_300);
        assertThat(
                        number(
                                estimate(
                                        Map.of(
                                                "to",
                                                api.address(1),
                                                "authorizationList",
                                                List.of(Map.of())))))
                .isEqualTo(46_000);
        assertThat(number(estimate(Map.of("data", "0x0100")))).isEqualTo(53_022);
        assertThat(number(estimate(Map.of("to", GasBurner.ADDRESS.toString())))).isEqualTo(21_022);
    }

    @Test
    void anEstimateOfWhatCannotBePaidIsAnError() {
        assertThat(
                        api.error(
                                "eth_estimateGas",
                                Map.of(
                                        "from",
                                        api.address(0),
                                        "to",
                                        api.address(1),
                                        "value",
                                        "0xffffffffffffffffffffff")))
                .startsWith("-32000 insufficient funds for gas * price + value: ");
        assertThat(api.error("eth_estimateGas", Map.of("to", api.address(1), "gas", "0x5207")))
                .isEqualTo("-32000 gas required exceeds allowance (20999)");
        assertThat(api.error("eth_estimateGas", Map.of("to", "0x12")))
                .startsWith("-32602 invalid argument 0: hex string has length 2, want 40");
    }

    @Test
    void callsOfPlainAccountsReturnNothingAndDelegationsAreShownAsCode() {
        assertThat(api.call("eth_call", Map.of("to", api.address(1)), "latest").textValue())
                .isEqualTo("0x");
        assertThat(api.call("eth_getCode", api.address(1), "latest").textValue()).isEqualTo("0x");
        assertThat(api.call("eth_getStorageAt", api.address(1), "0x0", "latest").textValue())
                .hasSize(66);
        send(draft(4));
        api.call("evm_mine");
        assertThat(api.call("eth_getCode", api.address(5), "latest").textValue())
                .isEqualTo("0xef0100" + api.address(6).substring(2));
    }

    @Test
    void whatNobodyKnowsIsNull() {
        String hash = "0x" + "1".repeat(64);

        assertThat(api.call("eth_getTransactionByHash", hash).isNull()).isTrue();
        assertThat(api.call("eth_getTransactionReceipt", hash).isNull()).isTrue();
        assertThat(api.call("eth_getBlockByHash", hash, true).isNull()).isTrue();
        assertThat(api.call("eth_getRawTransactionByHash", hash).textValue()).isEqualTo("0x");
        assertThat(api.error("eth_getTransactionByHash", "0x12"))
                .isEqualTo(
                        "-32602 invalid argument 0: hex string has length 2, want 64 for"
                                + " common.Hash");
    }

    private Transaction draft(int type) {
        var draft = api.transfer(type, 0, 0).gas(100_000);
        if (type == 4) {
            draft.authorizations(
                    List.of(
                            api.node
                                    .account(5)
                                    .signer()
                                    .authorize(
                                            ApiHarness.CHAIN, Address.parse(api.address(6)), 0)));
        }
        return draft.sign();
    }

    private JsonNode send(Transaction tx) {
        return api.call("eth_sendRawTransaction", hex(tx.raw()));
    }

    private String refusal(Transaction tx) {
        return api.error("eth_sendRawTransaction", hex(tx.raw()));
    }

    private JsonNode estimate(Map<String, Object> call) {
        return api.call("eth_estimateGas", call);
    }

    private String count(String block) {
        return api.call("eth_getTransactionCount", api.address(0), block).textValue();
    }

    private String balance(int account, Object block) {
        return api.call("eth_getBalance", api.address(account), block).textValue();
    }

    private static String hex(byte[] bytes) {
        return "0x" + HexFormat.of().formatHex(bytes);
    }

    private static byte[] bytes(JsonNode node, String field) {
        return HexFormat.of().parseHex(node.get(field).textValue().substring(2));
    }

    private static BigInteger number(JsonNode node, String field) {
        return number(node.get(field));
    }

    private static BigInteger number(JsonNode node) {
        return new BigInteger(node.textValue().substring(2), 16);
    }
}
