package org.pollen.simulator;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Modifier;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Makes the attackers of a run.
///
/// Source: simulator specification 2.5.
@FunctionalInterface
public interface Adversaries {
    /// The attacker at a place.
    Adversary make(Adversary.Seat seat);

    /// Those of a class: public, not abstract, an [Adversary], with a public constructor that takes
    /// its [Adversary.Seat].
    ///
    /// @param className as `org.example.Parrot`
    /// @param classPath a jar or a folder of classes, beside those of the program; null for none
    /// @throws IllegalArgumentException saying what it lacks
    static Adversaries named(String className, @Nullable Path classPath) {
        Class<?> found;
        try {
            found = Class.forName(className, false, loader(classPath));
        } catch (ClassNotFoundException | LinkageError e) {
            throw new IllegalArgumentException(
                    "class %s: not found%s"
                            .formatted(className, classPath == null ? "" : " in " + classPath),
                    e);
        }
        if (!Adversary.class.isAssignableFrom(found)) {
            throw new IllegalArgumentException(
                    "class %s: it must extend %s".formatted(className, Adversary.class.getName()));
        }
        boolean open = Modifier.isPublic(found.getModifiers());
        if (!open || Modifier.isAbstract(found.getModifiers())) {
            throw new IllegalArgumentException(
                    "class %s: it must be public and not abstract".formatted(className));
        }
        try {
            Constructor<? extends Adversary> constructor =
                    found.asSubclass(Adversary.class).getConstructor(Adversary.Seat.class);
            return seat -> made(constructor, seat);
        } catch (NoSuchMethodException e) {
            throw new IllegalArgumentException(
                    "class %s: it needs a public constructor that takes an Adversary.Seat"
                            .formatted(className),
                    e);
        }
    }

    private static ClassLoader loader(@Nullable Path classPath) {
        ClassLoader own = Adversaries.class.getClassLoader();
        if (classPath == null) return own;
        if (!Files.exists(classPath)) {
            throw new IllegalArgumentException("class path %s: not there".formatted(classPath));
        }
        try {
            // As long as the process: classes are loaded while a run goes on.
            return new URLClassLoader(new URL[] {classPath.toUri().toURL()}, own);
        } catch (MalformedURLException e) {
            throw new IllegalArgumentException("class path %s: no file".formatted(classPath), e);
        }
    }

    private static Adversary made(
            Constructor<? extends Adversary> constructor, Adversary.Seat seat) {
        try {
            return constructor.newInstance(seat);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof RuntimeException own) throw own;
            throw new IllegalStateException(constructor + " failed", e.getCause());
        } catch (InstantiationException | IllegalAccessException e) {
            throw new IllegalStateException(constructor + " cannot be called", e);
        }
    }
}
