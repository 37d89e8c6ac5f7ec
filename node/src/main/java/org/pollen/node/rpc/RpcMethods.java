package org.pollen.node.rpc;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// The methods one listener serves, and no others: what is not in here does not exist for its
/// clients. Filled before the listener starts.
public final class RpcMethods {
    private final Set<String> namespaces;
    private final Map<String, RpcMethod> methods = new LinkedHashMap<>();

    /// Nothing yet.
    ///
    /// @param namespaces what may be served; registering a method outside them does nothing
    public RpcMethods(Set<String> namespaces) {
        this.namespaces = Set.copyOf(namespaces);
    }

    /// Serves a method, if its namespace may be served.
    public RpcMethods add(String name, RpcMethod method) {
        if (!namespaces.contains(namespace(name))) return this;
        if (methods.putIfAbsent(name, method) != null) {
            throw new IllegalArgumentException("method " + name + " is served twice");
        }
        return this;
    }

    /// Serves a method instead of the one of that name, if there is one.
    RpcMethods replace(String name, RpcMethod method) {
        if (namespaces.contains(namespace(name))) methods.put(name, method);
        return this;
    }

    /// Serves a method, if its namespace may be served, and refuses calls with too many parameters
    /// as the reference client does.
    ///
    /// @param most parameters it takes
    public RpcMethods add(String name, int most, RpcMethod method) {
        return add(
                name,
                (params, session) -> {
                    if (params.size() > most) {
                        throw new RpcError(
                                RpcError.INVALID_PARAMS,
                                "too many arguments, want at most " + most);
                    }
                    return method.call(params, session);
                });
    }

    /// Serves a method that answers at once.
    ///
    /// @param most parameters it takes
    public RpcMethods addImmediate(String name, int most, RpcMethod.Immediate method) {
        return add(
                name,
                most,
                (params, session) ->
                        CompletableFuture.completedFuture(method.call(params, session)));
    }

    /// The method of a name; null if there is none.
    @Nullable RpcMethod find(String name) {
        return methods.get(name);
    }

    /// The names served.
    public Set<String> names() {
        return Collections.unmodifiableSet(methods.keySet());
    }

    /// The namespaces that have a method, with their version: the answer to `rpc_modules`.
    Map<String, String> modules() {
        var modules = new TreeMap<String, String>();
        for (String name : methods.keySet()) modules.put(namespace(name), "1.0");
        return modules;
    }

    private static String namespace(String method) {
        int end = method.indexOf('_');
        return end < 0 ? "" : method.substring(0, end);
    }
}
