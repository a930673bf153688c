"""Which header has which name of the libraries that the builds put before every source. The rule `include` reads it.

One header for each name, the one to include, and in ALSO the others that are sure to bring it.
"""

# In namespace std and std::ranges.
STANDARD = {
    "algorithm": """
        adjacent_find all_of any_of binary_search clamp copy copy_backward copy_if copy_n count count_if equal
        equal_range fill fill_n find find_end find_first_of find_if find_if_not for_each for_each_n generate
        generate_n in_fun_result in_out_result includes inplace_merge is_heap is_partitioned is_permutation
        is_sorted is_sorted_until iter_swap lexicographical_compare lexicographical_compare_three_way
        lower_bound make_heap max max_element merge min min_element minmax minmax_element mismatch move_backward
        next_permutation none_of nth_element partial_sort partition partition_copy partition_point pop_heap
        prev_permutation push_heap remove_copy remove_copy_if remove_if replace replace_copy replace_copy_if
        replace_if reverse reverse_copy rotate rotate_copy sample search search_n set_difference
        set_intersection set_symmetric_difference set_union shift_left shift_right shuffle sort sort_heap
        stable_partition stable_sort swap_ranges transform unique unique_copy upper_bound""",
    "any": "any any_cast bad_any_cast make_any",
    "array": "array to_array",
    "atomic": """
        atomic atomic_bool atomic_flag atomic_int atomic_ref atomic_signal_fence atomic_thread_fence
        atomic_uint64_t memory_order memory_order_acq_rel memory_order_acquire memory_order_relaxed
        memory_order_release memory_order_seq_cst""",
    "barrier": "barrier",
    "bit": """
        bit_cast bit_ceil bit_floor bit_width byteswap countl_one countl_zero countr_one countr_zero endian
        has_single_bit popcount rotl rotr""",
    "bitset": "bitset",
    "cctype": """
        isalnum isalpha isblank iscntrl isdigit isgraph islower isprint ispunct isspace isupper isxdigit tolower
        toupper""",
    "charconv": "chars_format from_chars from_chars_result to_chars to_chars_result",
    "chrono": "chrono chrono_literals",
    "cinttypes": "imaxabs",
    "cmath": """
        abs acos asin atan atan2 cbrt ceil cos exp exp2 fabs floor fma fmax fmin fmod fpclassify frexp hypot
        isfinite isinf isnan isnormal ldexp llrint llround log log10 log1p log2 lrint lround modf nan nearbyint
        pow remainder rint round signbit sin sqrt tan tanh trunc""",
    "compare": """
        common_comparison_category_t compare_three_way is_eq is_gt is_gteq is_lt is_lteq is_neq partial_order
        partial_ordering strong_order strong_ordering three_way_comparable weak_order weak_ordering""",
    "complex": "complex",
    "concepts": """
        assignable_from common_reference_with common_with constructible_from convertible_to copy_constructible
        copyable default_initializable derived_from destructible equality_comparable equality_comparable_with
        equivalence_relation floating_point integral invocable movable move_constructible predicate regular
        regular_invocable relation same_as semiregular signed_integral strict_weak_order swappable
        totally_ordered unsigned_integral""",
    "condition_variable": "condition_variable condition_variable_any cv_status notify_all_at_thread_exit",
    "coroutine": "coroutine_handle coroutine_traits noop_coroutine suspend_always suspend_never",
    "csignal": "raise sig_atomic_t signal",
    "cstdarg": "va_list",
    "cstddef": "byte max_align_t nullptr_t ptrdiff_t size_t to_integer",
    "cstdint": """
        int16_t int32_t int64_t int8_t int_fast32_t int_fast64_t int_least32_t intmax_t intptr_t uint16_t
        uint32_t uint64_t uint8_t uint_fast32_t uint_fast64_t uint_least32_t uintmax_t uintptr_t""",
    "cstdio": """
        clearerr fclose feof ferror fflush fgetc fgets FILE fopen fprintf fputc fputs fread freopen fscanf fseek
        ftell fwrite getc getchar perror printf putc putchar puts remove rename rewind scanf setbuf setvbuf
        snprintf sprintf sscanf tmpfile ungetc vfprintf vprintf vsnprintf""",
    "cstdlib": """
        _Exit abort aligned_alloc at_quick_exit atexit atof atoi atol atoll bsearch calloc div exit free getenv
        labs ldiv llabs malloc mblen qsort quick_exit rand realloc srand strtod strtof strtol strtold strtoll
        strtoul strtoull system""",
    "cstring": """
        memchr memcmp memcpy memmove memset strcat strchr strcmp strcoll strcpy strcspn strerror strlen strncat
        strncmp strncpy strpbrk strrchr strspn strstr strtok""",
    "ctime": """
        asctime clock clock_t ctime difftime gmtime localtime mktime strftime time time_t timespec timespec_get
        tm""",
    "deque": "deque",
    "exception": """
        bad_exception current_exception exception exception_ptr get_terminate make_exception_ptr
        nested_exception rethrow_exception rethrow_if_nested set_terminate terminate throw_with_nested
        uncaught_exceptions""",
    "execution": "execution",
    "expected": "bad_expected_access expected unexpect unexpect_t unexpected",
    "filesystem": "filesystem",
    "forward_list": "forward_list",
    "fstream": "filebuf fstream ifstream ofstream",
    "functional": """
        bad_function_call bind bind_front bit_and bit_not bit_or bit_xor boyer_moore_horspool_searcher
        boyer_moore_searcher cref default_searcher divides equal_to function greater greater_equal hash identity
        invoke invoke_r less less_equal logical_and logical_not logical_or mem_fn minus modulus
        move_only_function multiplies negate not_equal_to not_fn placeholders plus ref reference_wrapper""",
    "future": """
        async future future_category future_errc future_error future_status launch packaged_task promise
        shared_future""",
    "initializer_list": "initializer_list",
    "iomanip": "get_time put_time quoted resetiosflags setbase setfill setiosflags setprecision setw",
    "ios": """
        boolalpha dec defaultfloat fixed hex ios ios_base left noboolalpha noskipws oct right scientific
        showbase skipws streamoff streampos streamsize uppercase""",
    "iostream": "cerr cin clog cout",
    "istream": "iostream istream ws",
    "iterator": """
        advance back_insert_iterator back_inserter begin bidirectional_iterator bidirectional_iterator_tag
        cbegin cend contiguous_iterator contiguous_iterator_tag crbegin crend data default_sentinel
        default_sentinel_t distance empty end forward_iterator forward_iterator_tag front_inserter
        input_iterator input_iterator_tag insert_iterator inserter istream_iterator istreambuf_iterator
        iter_reference_t iter_value_t iterator_traits make_move_iterator make_reverse_iterator move_iterator
        next ostream_iterator ostreambuf_iterator output_iterator prev random_access_iterator
        random_access_iterator_tag rbegin rend reverse_iterator sentinel_for size ssize""",
    "latch": "latch",
    "limits": "numeric_limits",
    "list": "list",
    "locale": "locale use_facet",
    "map": "map multimap",
    "memory": """
        addressof align allocate_shared allocator allocator_arg allocator_traits assume_aligned bad_weak_ptr
        const_pointer_cast construct_at default_delete destroy destroy_at destroy_n dynamic_pointer_cast
        enable_shared_from_this make_shared make_shared_for_overwrite make_unique make_unique_for_overwrite
        out_ptr owner_less pointer_traits shared_ptr static_pointer_cast to_address uninitialized_copy
        uninitialized_copy_n uninitialized_default_construct uninitialized_fill uninitialized_fill_n
        uninitialized_move unique_ptr weak_ptr""",
    "memory_resource": "pmr",
    "mutex": """
        adopt_lock adopt_lock_t call_once defer_lock defer_lock_t lock lock_guard mutex once_flag
        recursive_mutex scoped_lock timed_mutex try_lock try_to_lock try_to_lock_t unique_lock""",
    "new": """
        align_val_t bad_alloc bad_array_new_length destroying_delete_t hardware_destructive_interference_size
        launder new_handler nothrow nothrow_t set_new_handler""",
    "numbers": "numbers",
    "numeric": """
        accumulate adjacent_difference exclusive_scan gcd inclusive_scan inner_product iota lcm midpoint
        partial_sum reduce transform_reduce""",
    "optional": "bad_optional_access make_optional nullopt nullopt_t optional",
    "ostream": "basic_ostream endl ends flush ostream",
    "queue": "priority_queue queue",
    "random": """
        bernoulli_distribution default_random_engine discrete_distribution exponential_distribution
        geometric_distribution independent_bits_engine lognormal_distribution minstd_rand mt19937 mt19937_64
        normal_distribution pareto_distribution poisson_distribution random_device seed_seq
        uniform_int_distribution uniform_random_bit_generator uniform_real_distribution""",
    "ranges": """
        bidirectional_range borrowed_range common_range contiguous_range dangling enable_borrowed_range
        enable_view filter_view forward_range input_range iota_view iterator_t output_range owning_view
        random_access_range range range_difference_t range_reference_t range_size_t range_value_t ranges
        ref_view sentinel_t sized_range subrange transform_view view view_interface viewable_range views""",
    "ratio": "atto centi deci exa femto giga kilo mega micro milli nano pico ratio ratio_divide ratio_multiply",
    "regex": """
        cmatch cregex_iterator regex regex_constants regex_error regex_match regex_replace regex_search
        regex_token_iterator smatch sregex_iterator sregex_token_iterator ssub_match""",
    "scoped_allocator": "scoped_allocator_adaptor",
    "semaphore": "binary_semaphore counting_semaphore",
    "set": "multiset set",
    "shared_mutex": "shared_lock shared_mutex shared_timed_mutex",
    "source_location": "source_location",
    "span": "as_bytes as_writable_bytes dynamic_extent span",
    "sstream": "istringstream ostringstream stringbuf stringstream",
    "stack": "stack",
    "stdexcept": """
        domain_error invalid_argument length_error logic_error out_of_range overflow_error range_error
        runtime_error underflow_error""",
    "stop_token": "nostopstate stop_callback stop_source stop_token",
    "streambuf": "basic_streambuf streambuf",
    "string": """
        basic_string char_traits getline literals stod stof stoi stol stold stoll stoul stoull string
        string_literals to_string u16string u32string u8string wstring""",
    "string_view": "basic_string_view string_view string_view_literals u16string_view u8string_view wstring_view",
    "system_error": """
        errc error_category error_code error_condition generic_category is_error_code_enum
        is_error_condition_enum make_error_code make_error_condition system_category system_error""",
    "thread": "jthread this_thread thread",
    "tuple": "apply forward_as_tuple ignore make_from_tuple make_tuple tie tuple tuple_cat",
    "type_traits": """
        add_const_t add_lvalue_reference_t add_pointer_t aligned_storage_t alignment_of_v bool_constant
        common_reference_t common_type common_type_t conditional conditional_t conjunction conjunction_v decay
        decay_t disjunction disjunction_v enable_if enable_if_t extent_v false_type has_virtual_destructor_v
        integral_constant invoke_result invoke_result_t is_abstract_v is_arithmetic_v is_array_v is_assignable_v
        is_base_of_v is_class_v is_const_v is_constant_evaluated is_constructible_v is_convertible_v
        is_copy_assignable_v is_copy_constructible_v is_default_constructible_v is_destructible_v is_empty_v
        is_enum_v is_final_v is_floating_point_v is_function_v is_fundamental_v is_integral is_integral_v
        is_invocable is_invocable_r_v is_invocable_v is_lvalue_reference_v is_move_assignable_v
        is_move_constructible_v is_nothrow_constructible_v is_nothrow_copy_constructible_v
        is_nothrow_invocable_v is_nothrow_move_assignable_v is_nothrow_move_constructible_v is_object_v
        is_pointer_v is_polymorphic_v is_reference_v is_rvalue_reference_v is_same is_same_v is_scalar_v
        is_scoped_enum_v is_signed_v is_standard_layout_v is_trivial_v is_trivially_copyable
        is_trivially_copyable_v is_trivially_destructible_v is_union_v is_unsigned_v is_void is_void_v
        make_signed_t make_unsigned_t negation negation_v rank_v remove_const_t remove_cv_t remove_cvref
        remove_cvref_t remove_extent_t remove_pointer_t remove_reference remove_reference_t true_type
        type_identity type_identity_t underlying_type underlying_type_t void_t""",
    "typeindex": "type_index",
    "typeinfo": "bad_cast bad_typeid type_info",
    "unordered_map": "unordered_map unordered_multimap",
    "unordered_set": "unordered_multiset unordered_set",
    "utility": """
        as_const cmp_equal cmp_greater cmp_greater_equal cmp_less cmp_less_equal cmp_not_equal declval exchange
        forward forward_like get in_place in_place_index in_place_index_t in_place_t in_place_type
        in_place_type_t in_range index_sequence index_sequence_for integer_sequence make_index_sequence
        make_integer_sequence make_pair move move_if_noexcept pair piecewise_construct piecewise_construct_t
        rel_ops swap to_underlying tuple_element tuple_element_t tuple_size tuple_size_v unreachable""",
    "variant": """
        bad_variant_access get_if holds_alternative monostate variant variant_alternative_t variant_npos
        variant_size variant_size_v visit""",
    "vector": "erase erase_if vector",
}

# (names, headers): because the standard says so, or the names are part of what the headers are for.
STANDARD_ALSO = (
    ("begin cbegin cend crbegin crend data empty end rbegin rend size ssize",
     "array deque forward_list list map ranges regex set span string string_view unordered_map unordered_set vector"),
    ("erase erase_if", "deque forward_list list map set string unordered_map unordered_set"),
    ("initializer_list",
     "algorithm array deque forward_list list map regex set string unordered_map unordered_set utility vector"),
    ("get tuple_element tuple_element_t tuple_size tuple_size_v", "array tuple"),
    ("get in_place_index in_place_type", "variant"),
    ("move remove", "algorithm"),
    ("abs", "cstdlib"),
    ("errc", "charconv"),
    ("exception", "stdexcept"),
    ("hash", "optional string string_view system_error variant"),
    ("pair", "map unordered_map"),
    ("less", "map set"),
    ("equal_to", "unordered_map unordered_set"),
    ("literals", "chrono string_view"),
    ("ios ios_base streamoff streampos streamsize", "fstream iostream istream ostream sstream"),
    ("iostream istream ostream", "fstream iosfwd iostream sstream"),
    ("stop_callback stop_source stop_token", "condition_variable thread"),
    ("micro milli nano ratio", "chrono"),
    ("swap", "array deque list map optional set string tuple unordered_map unordered_set variant vector"),
    # Every header of libstdc++ has it.
    ("size_t", " ".join(STANDARD)),
)

FMT = {
    "fmt/chrono.h": "gmtime localtime",
    "fmt/format.h": """
        arg basic_memory_buffer format format_args format_context format_error format_int format_parse_context
        format_string format_to format_to_n formatted_size formatter is_formattable join make_format_args memory_buffer
        ptr runtime string_view to_string underlying vformat vformat_to""",
    "fmt/core.h": "print",
}

JSON = {
    "boost/json/array.hpp": "array",
    "boost/json/error.hpp": "condition error make_error_code",
    "boost/json/kind.hpp": "kind to_string",
    "boost/json/object.hpp": "key_value_pair object",
    "boost/json/parse.hpp": "parse",
    "boost/json/parse_options.hpp": "parse_options",
    "boost/json/parser.hpp": "parser",
    "boost/json/serialize.hpp": "serialize",
    "boost/json/serializer.hpp": "serializer",
    "boost/json/storage_ptr.hpp": "storage_ptr",
    "boost/json/stream_parser.hpp": "stream_parser",
    "boost/json/string.hpp": "string",
    "boost/json/string_view.hpp": "string_view",
    "boost/json/system_error.hpp": "error_code system_error",
    "boost/json/value.hpp": "value",
    "boost/json/value_from.hpp": "value_from",
    "boost/json/value_to.hpp": "value_to",
    "boost/json/visit.hpp": "visit",
}
JSON_ALSO = (
    ("condition error error_code parse_options",
     "boost/json/parse.hpp boost/json/parser.hpp boost/json/stream_parser.hpp"),
    (" ".join(JSON.values()), "boost/json.hpp"),
)

# In namespace boost::asio and boost::asio::ip.
ASIO = {
    "boost/asio/any_io_executor.hpp": "any_io_executor",
    "boost/asio/as_tuple.hpp": "as_tuple as_tuple_t",
    "boost/asio/awaitable.hpp": "awaitable",
    "boost/asio/basic_socket.hpp": "basic_socket",
    "boost/asio/basic_socket_acceptor.hpp": "basic_socket_acceptor",
    "boost/asio/basic_stream_socket.hpp": "basic_stream_socket",
    "boost/asio/basic_waitable_timer.hpp": "basic_waitable_timer",
    "boost/asio/bind_cancellation_slot.hpp": "bind_cancellation_slot",
    "boost/asio/bind_executor.hpp": "bind_executor",
    "boost/asio/buffer.hpp": "buffer buffer_size const_buffer dynamic_buffer mutable_buffer",
    "boost/asio/cancellation_signal.hpp": "cancellation_signal cancellation_slot",
    "boost/asio/cancellation_state.hpp": "cancellation_state",
    "boost/asio/cancellation_type.hpp": "cancellation_type",
    "boost/asio/co_spawn.hpp": "co_spawn",
    "boost/asio/connect.hpp": "async_connect connect",
    "boost/asio/defer.hpp": "defer",
    "boost/asio/detached.hpp": "detached",
    "boost/asio/dispatch.hpp": "dispatch",
    "boost/asio/error.hpp": "error",
    "boost/asio/execution_context.hpp": "execution_context has_service make_service use_service",
    "boost/asio/executor_work_guard.hpp": "executor_work_guard make_work_guard",
    "boost/asio/io_context.hpp": "io_context",
    "boost/asio/ip/address.hpp": "address make_address",
    "boost/asio/ip/address_v4.hpp": "address_v4 make_address_v4",
    "boost/asio/ip/address_v6.hpp": "address_v6 make_address_v6",
    "boost/asio/ip/tcp.hpp": "tcp",
    "boost/asio/ip/v6_only.hpp": "v6_only",
    "boost/asio/post.hpp": "post",
    "boost/asio/read.hpp": "async_read read",
    "boost/asio/redirect_error.hpp": "redirect_error",
    "boost/asio/ssl/context.hpp": "ssl",
    "boost/asio/steady_timer.hpp": "steady_timer",
    "boost/asio/this_coro.hpp": "this_coro",
    "boost/asio/use_awaitable.hpp": "use_awaitable use_awaitable_t",
    "boost/asio/wait_traits.hpp": "wait_traits",
    "boost/asio/write.hpp": "async_write write",
}
ASIO_ALSO = (
    ("wait_traits", "boost/asio/basic_waitable_timer.hpp boost/asio/steady_timer.hpp"),
    ("address address_v4 address_v6", "boost/asio/ip/tcp.hpp"),
    (" ".join(ASIO.values()), "boost/asio.hpp"),
)

MACROS = {
    "cassert": "assert",
    "cerrno": "errno",
    "climits": "CHAR_BIT INT_MAX INT_MIN LONG_MAX PATH_MAX",
    "cstdint": "INT64_MAX INT64_MIN UINT16_MAX UINT32_MAX UINT64_MAX",
    "cstdio": "EOF stderr stdin stdout",
}
MACROS_ALSO = (
    ("errno", "errno.h"),
    ("CHAR_BIT INT_MAX INT_MIN LONG_MAX PATH_MAX", "limits.h"),
    ("EOF stderr stdin stdout", "stdio.h"),
)

# The system's, called as ::name().
SYSTEM = {
    "dirent.h": "closedir opendir readdir",
    "fcntl.h": "fcntl open openat readahead sync_file_range",
    "netdb.h": "freeaddrinfo gai_strerror getaddrinfo getnameinfo",
    "poll.h": "poll pollfd ppoll",
    "pthread.h": "pthread_setname_np pthread_sigmask",
    "signal.h": "kill pthread_kill raise sigaction sigaddset sigemptyset signal sigwait",
    "stdio.h": "fdopen fileno rename renameat2",
    "stdlib.h": "getenv mkdtemp mkstemp realpath setenv unsetenv",
    "sys/ioctl.h": "ioctl",
    "sys/mman.h": "memfd_create mmap munmap",
    "sys/resource.h": "getrlimit prlimit setrlimit",
    "sys/socket.h": """
        accept accept4 bind connect getpeername getsockname getsockopt listen recv recvmsg send sendmsg setsockopt
        shutdown socket socketpair""",
    "sys/stat.h": "chmod fchmod fstat lstat mkdir stat umask",
    "sys/uio.h": "preadv preadv2 pwritev pwritev2 readv writev",
    "sys/wait.h": "waitpid",
    "termios.h": "tcgetattr tcsetattr",
    "unistd.h": """
        _exit access close dup dup2 execv fdatasync fork fsync ftruncate getcwd geteuid gethostname getpid getuid isatty
        lseek pipe pipe2 pread pwrite read readlink rmdir sysconf unlink usleep write""",
}
SYSTEM_ALSO = (
    ("raise signal", "csignal"),
    ("pthread_sigmask", "signal.h"),
    ("fdopen fileno rename renameat2", "cstdio"),
    ("getenv mkdtemp mkstemp realpath setenv unsetenv", "cstdlib"),
)
