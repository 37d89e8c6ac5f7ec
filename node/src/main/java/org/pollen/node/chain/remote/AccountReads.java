package org.pollen.node.chain.remote;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import org.pollen.mempool.AccountState;
import org.pollen.mempool.Address;
import org.pollen.mempool.Hash32;

/// The calls that read accounts after one block, and what their answers mean.
final class AccountReads {
    /// Accounts in one request: three calls each.
    static final int BATCH = ChainClient.CALLS_MAX / 3;

    private static final int DELEGATION_BYTES = 23;

    private AccountReads() {}

    /// Three calls for each account: nonce, balance, code.
    static List<ChainClient.Call> calls(List<Address> accounts, Hash32 block) {
        ObjectNode at = JsonNodeFactory.instance.objectNode().put("blockHash", block.toString());
        var calls = new ArrayList<ChainClient.Call>(3 * accounts.size());
        for (Address account : accounts) {
            String name = account.toString();
            calls.add(ChainClient.Call.of("eth_getTransactionCount", name, at));
            calls.add(ChainClient.Call.of("eth_getBalance", name, at));
            calls.add(ChainClient.Call.of("eth_getCode", name, at));
        }
        return calls;
    }

    /// The states, in the order of the accounts.
    ///
    /// @throws ChainException if one cannot be read
    static List<AccountState> states(List<ChainClient.Answer> answers) {
        var states = new ArrayList<AccountState>(answers.size() / 3);
        for (int i = 0; i + 2 < answers.size(); i += 3) {
            long nonce =
                    ChainJsonReader.quantityOf(
                                    answers.get(i).required("eth_getTransactionCount"),
                                    "eth_getTransactionCount",
                                    64)
                            .longValue();
            var balance =
                    ChainJsonReader.quantityOf(
                            answers.get(i + 1).required("eth_getBalance"), "eth_getBalance", 256);
            states.add(
                    new AccountState(
                            nonce, balance, code(answers.get(i + 2).required("eth_getCode"))));
        }
        return states;
    }

    private static AccountState.Code code(JsonNode answer) {
        byte[] code = ChainJsonReader.dataOf(answer, "eth_getCode");
        if (code.length == 0) return AccountState.Code.NONE;
        boolean delegation =
                code.length == DELEGATION_BYTES
                        && code[0] == (byte) 0xef
                        && code[1] == 1
                        && code[2] == 0;
        return delegation ? AccountState.Code.DELEGATION : AccountState.Code.CONTRACT;
    }
}
