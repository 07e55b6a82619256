using FaceAttendance.Application.Access;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace FaceAttendance.Infrastructure.Access;

/// <summary>ASP.NET Core's own hasher: PBKDF2 with HMAC-SHA512 and a salt for each password. Thread-safe.</summary>
internal sealed class Passwords : IPasswords
{
    // What the OWASP Password Storage Cheat Sheet asks of PBKDF2 with HMAC-SHA512; the hash remembers it, so that it may change.
    private const int Iterations = 210_000;

    // The hasher's parameter is there for hashers that look at the user, which this one does not.
    private static readonly object Anybody = new();

    private readonly PasswordHasher<object> _hasher = new(Options.Create(new PasswordHasherOptions { IterationCount = Iterations }));
    private readonly string _nobodys;

    public Passwords() => _nobodys = _hasher.HashPassword(Anybody, Guid.NewGuid().ToString());

    public string Hash(string password) => _hasher.HashPassword(Anybody, password);

    public bool Verify(string? hash, string password) =>
        _hasher.VerifyHashedPassword(Anybody, hash ?? _nobodys, password) != PasswordVerificationResult.Failed && hash is not null;
}
