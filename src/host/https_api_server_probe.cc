// The only file that knows Boost and OpenSSL.
#include "host/https_api_server_probe.h"

#include <fmt/core.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <memory>
#include <optional>

namespace kaudit::host {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
using text::ErrorKind;
using text::Result;

constexpr std::uint32_t kHeaderLimit = 64U << 10;

std::optional<asio::ip::address> address_of(const std::string& host) {
  if (host == "localhost") return asio::ip::address_v4::loopback();
  error_code failed;
  const asio::ip::address address = asio::ip::make_address(host, failed);
  return failed ? std::nullopt : std::optional(address);
}

// Every certificate of the text becomes an anchor by itself (X509_V_FLAG_PARTIAL_CHAIN), so that
// the server's own certificate is enough where its CA is elsewhere.
bool trust(SSL_CTX* context, const std::string& pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> text(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
  X509_STORE* store = SSL_CTX_get_cert_store(context);
  int count = 0;
  while (X509* certificate = PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr)) {
    count += X509_STORE_add_cert(store, certificate);
    X509_free(certificate);
  }
  ERR_clear_error();  // the end of the text is one
  X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
  return count > 0;
}

// One GET from connect to the header of the answer. Everything happens in one thread inside run().
class Exchange {
 public:
  Exchange(const ProbeRequest& request, const asio::ip::address& address)
      : request_(request), address_(address), deadline_(io_) {}

  Result<int> run() {
    std::optional<asio::ssl::context> tls;
    if (request_.endpoint.tls) {
      tls.emplace(asio::ssl::context::tls_client);
      if (!request_.trusted.empty()) {
        if (!trust(tls->native_handle(), request_.trusted)) {
          return text::fail(ErrorKind::Usage, "the trusted certificates cannot be read");
        }
        tls->set_verify_mode(asio::ssl::verify_peer);
      }
      secure_.emplace(io_, *tls);
    } else {
      plain_.emplace(io_);
    }
    // One deadline for everything, so that a server that sends a byte a second does not win.
    deadline_.expires_after(request_.timeout);
    deadline_.async_wait([this](error_code stopped) {
      if (!stopped) give_up();
    });
    socket().async_connect({address_, request_.endpoint.port},
                           [this](error_code failed) { connected(failed); });
    io_.run();
    return std::move(result_);
  }

 private:
  asio::ip::tcp::socket& socket() {
    return secure_ ? beast::get_lowest_layer(*secure_).socket() : plain_->socket();
  }

  void end(Result<int> result) {
    result_ = std::move(result);
    io_.stop();
  }

  void give_up() {
    end(text::fail(ErrorKind::Io,
                   fmt::format("did not answer within {} ms", request_.timeout.count())));
  }

  void fail(std::string_view what, const error_code& code) {
    end(text::fail(ErrorKind::Io, fmt::format("{}: {}", what, code.message())));
  }

  void connected(error_code failed) {
    if (failed == asio::error::connection_refused) {
      return end(text::fail(ErrorKind::Io, "refused the connection"));
    }
    if (failed) return fail("could not be reached", failed);
    if (!secure_) return send(*plain_);
    secure_->async_handshake(asio::ssl::stream_base::client,
                             [this](error_code bad) { greeted(bad); });
  }

  void greeted(error_code failed) {
    if (!failed) return send(*secure_);
    const long verdict = SSL_get_verify_result(secure_->native_handle());
    if (verdict == X509_V_OK) return fail("did not begin TLS", failed);
    end(text::fail(ErrorKind::Io, fmt::format("has a certificate that is not trusted: {}",
                                              X509_verify_cert_error_string(verdict))));
  }

  template <typename Stream>
  void send(Stream& stream) {
    question_.method(http::verb::get);
    question_.target(request_.path);
    question_.version(11);
    question_.set(http::field::host, host_header());
    question_.set(http::field::user_agent, "kaudit");
    question_.set(http::field::connection, "close");
    http::async_write(stream, question_, [this, &stream](error_code failed, std::size_t) {
      if (failed) return fail("did not take the request", failed);
      receive(stream);
    });
  }

  template <typename Stream>
  void receive(Stream& stream) {
    answer_.header_limit(kHeaderLimit);
    http::async_read_header(stream, buffer_, answer_, [this](error_code failed, std::size_t) {
      if (failed) return fail("did not answer in HTTP", failed);
      end(static_cast<int>(answer_.get().result_int()));
    });
  }

  std::string host_header() const {
    const Endpoint& to = request_.endpoint;
    return fmt::format(fmt::runtime(address_.is_v6() ? "[{}]:{}" : "{}:{}"), to.host, to.port);
  }

  const ProbeRequest& request_;
  asio::ip::address address_;
  asio::io_context io_{1};
  asio::steady_timer deadline_;
  std::optional<beast::ssl_stream<beast::tcp_stream>> secure_;  // this one or the other
  std::optional<beast::tcp_stream> plain_;
  beast::flat_buffer buffer_;
  http::request<http::empty_body> question_;
  http::response_parser<http::empty_body> answer_;
  Result<int> result_ = text::fail(ErrorKind::Io, "did not answer");
};

}  // namespace

Result<int> HttpsApiServerProbe::get(const ProbeRequest& request) {
  const auto address = address_of(request.endpoint.host);
  if (!address) {
    return text::fail(ErrorKind::Usage,
                      fmt::format("{} is no numeric address", request.endpoint.host));
  }
  // Asio reports what the system cannot give (no descriptors, no memory) as exceptions.
  try {
    return Exchange(request, *address).run();
  } catch (const boost::system::system_error& error) {
    return text::fail(ErrorKind::Io,
                      fmt::format("could not be reached: {}", error.code().message()));
  }
}

}  // namespace kaudit::host
